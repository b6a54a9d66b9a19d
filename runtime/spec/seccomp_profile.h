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

inline constexpr size_t kMaxSeccompProfile = 1 << 20;  // bytes of JSON

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

// Includes hold when all capabilities are there, the machine is one of the architectures (if any
// are named) and the kernel is new enough; excludes, when any capability is there or one of the
// others holds.
struct SeccompCondition {
  std::vector<std::string> capabilities;   // CAP_…
  std::vector<std::string> architectures;  // in Go's words: amd64
  std::optional<std::pair<uint32_t, uint32_t>> min_kernel;
};

// Rules for one system call are alternatives; the arguments of one rule must all match.
struct SeccompRule {
  std::vector<std::string> names;  // those the machine does not know are skipped
  SeccompAction action = SeccompAction::kAllow;
  uint32_t value = 1;  // EPERM
  std::vector<SeccompArgument> arguments = {};
  SeccompCondition includes = {};
  SeccompCondition excludes = {};
};

struct SeccompArchMap {
  std::string architecture;  // SCMP_ARCH_X86_64
  std::vector<std::string> sub_architectures;
};

struct SeccompProfile {
  SeccompAction default_action = SeccompAction::kErrno;
  uint32_t default_value = 1;  // EPERM
  // Which architectures beside the machine's own may make calls: by the entry of the machine's own,
  // or all that are listed. At most one of the two is given.
  std::vector<SeccompArchMap> arch_map;
  std::vector<std::string> architectures;
  std::optional<std::vector<std::string>> flags;  // SECCOMP_FILTER_FLAG_…; unset: ours
  std::vector<SeccompRule> rules;
};

// Reads the JSON format. InvalidArgument for JSON that is not a profile, unknown actions, operators
// or flags, SCMP_ACT_NOTIFY and listeners (nobody would answer), and both architectures and
// archMap. Pure.
absl::StatusOr<SeccompProfile> ParseSeccompProfile(absl::string_view json);

}  // namespace berth::runtime
