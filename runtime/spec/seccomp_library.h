// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/spec/seccomp_profile.h"

// libseccomp in our types. It sets up state of its own on the way, so one thread at a time calls
// what is in here.
namespace berth::runtime {

inline constexpr size_t kMaxFilterInstructions = 4096;  // the kernel's BPF_MAXINSNS

// The result of an action in a filter: SECCOMP_RET_….
uint32_t FilterResult(SeccompAction action, uint32_t value);

// This machine's architecture, in Go's words and in libseccomp's.
const char* MachineName();
const char* MachineArchitecture();

// The architectures of the machine that the profile speaks of, as SCMP_ARCH_… numbers, the native
// one first.
std::vector<uint32_t> FilterArchitectures(const SeccompProfile& profile);

// The number of a system call on the native architecture: negative for one that only others have,
// and known is false for a name that libseccomp does not have at all.
struct SystemCallNumber {
  bool known = false;
  int number = 0;
};
SystemCallNumber FindSystemCall(const std::string& name);

// The number on that architecture; negative when it has none.
int SystemCallOn(uint32_t architecture, const std::string& name);

// A filter under construction. Errors are InvalidArgument: they are about the profile.
class SeccompFilter {
 public:
  explicit SeccompFilter(uint32_t default_result);
  SeccompFilter(const SeccompFilter&) = delete;
  SeccompFilter& operator=(const SeccompFilter&) = delete;
  ~SeccompFilter();

  // To be called first.
  absl::Status Prepare(const std::vector<uint32_t>& architectures, bool has_rules);

  // One rule of a profile, which may be several of the library's: it takes each argument once in a
  // rule. Comparisons of the same argument become alternatives, as with other runtimes.
  absl::Status Add(int number, absl::string_view name, const SeccompRule& rule);

  // struct sock_filter[] as bytes; more than kMaxFilterInstructions are cut one after the last.
  absl::StatusOr<std::string> Export() const;

 private:
  void* context_;
};

}  // namespace berth::runtime
