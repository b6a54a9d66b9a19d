// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "runtime/spec/host_facts.h"
#include "runtime/spec/seccomp_profile.h"

namespace berth::runtime {

inline constexpr size_t kMaxCachedPrograms = 64;

// A filter as the kernel takes it.
struct SeccompProgram {
  std::string instructions;  // struct sock_filter[]; empty: no filter
  uint32_t flags = 0;        // SECCOMP_FILTER_FLAG_…
};

// Compiles profiles for this machine's architecture with libseccomp, and remembers the programs by
// profile and capabilities. Thread-safe.
class SeccompCompiler {
 public:
  // The default profile, for a process that has `capabilities` (a mask of 1 << CAP_…).
  absl::StatusOr<SeccompProgram> CompileDefault(const HostFacts& facts, uint64_t capabilities);

  // A profile in the JSON format that Docker and the OCI share. InvalidArgument says what is wrong.
  absl::StatusOr<SeccompProgram> CompileJson(absl::string_view json, const HostFacts& facts,
                                             uint64_t capabilities);

 private:
  std::optional<SeccompProgram> Find(const std::string& key);
  absl::StatusOr<SeccompProgram> Compile(const std::string& key, const SeccompProfile& profile,
                                         const HostFacts& facts, uint64_t capabilities);

  absl::Mutex mutex_;
  std::map<std::string, SeccompProgram> programs_ ABSL_GUARDED_BY(mutex_);
  std::list<std::string> oldest_first_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::runtime
