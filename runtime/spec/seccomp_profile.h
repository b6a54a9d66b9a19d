// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::runtime {

enum class SeccompAction : uint8_t {
  kAllow,
  kLog,
  kErrno,  // fails with `value`
  kTrace,  // tells a tracer `value`; ENOSYS without one
  kTrap,
  kKillThread,
  kKillProcess,
};

enum class SeccompComparison : uint8_t {
  kNotEqual,
  kLess,
  kLessOrEqual,
  kEqual,
  kGreaterOrEqual,
  kGreater,
  kMaskedEqual,  // (argument & value) == value_two
};

struct SeccompArgument {
  uint32_t index = 0;  // 0…5
  uint64_t value = 0;
  uint64_t value_two = 0;
  SeccompComparison comparison = SeccompComparison::kEqual;
};

// When a rule counts: every given part must hold.
struct SeccompCondition {
  std::vector<std::string> capabilities;   // CAP_…: the process has all of them
  std::vector<std::string> architectures;  // Go's names (amd64): this is one of them
  std::optional<std::pair<uint32_t, uint32_t>> min_kernel;

  bool empty() const { return capabilities.empty() && architectures.empty() && !min_kernel; }
};

// Rules for one system call are alternatives; the arguments of one rule must all match.
struct SeccompRule {
  std::vector<std::string> names;  // those the machine does not know are skipped
  SeccompAction action = SeccompAction::kAllow;
  uint32_t value = 1;  // EPERM
  std::vector<SeccompArgument> arguments = {};
  SeccompCondition includes = {};  // empty: always
  SeccompCondition excludes = {};  // empty: never
};

struct SeccompProfile {
  SeccompAction default_action = SeccompAction::kErrno;
  uint32_t default_value = 1;  // EPERM
  // SCMP_ARCH_… names beside the machine's own, by the machine's own: from archMap or
  // architectures.
  std::vector<std::pair<std::string, std::vector<std::string>>> architectures;
  std::optional<std::vector<std::string>> flags;  // SECCOMP_FILTER_FLAG_…; unset: ours
  std::vector<SeccompRule> rules;
};

// Reads the JSON format. InvalidArgument for JSON that is not a profile, unknown actions, operators
// or flags, SCMP_ACT_NOTIFY and listeners (nobody would answer), and both architectures and
// archMap. Pure.
absl::StatusOr<SeccompProfile> ParseSeccompProfile(absl::string_view json);

// What containers get that ask for the runtime's default. Pure; the same object every time.
const SeccompProfile& DefaultSeccompProfile();

}  // namespace berth::runtime
