// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "runtime/spec/host_facts.h"
#include "runtime/spec/seccomp_profile.h"

namespace berth::runtime {

// The program of a profile on this machine, for a process that has `capabilities`: struct
// sock_filter[] as bytes, by libseccomp. System calls with names that nobody knows are left out.
// InvalidArgument when the profile makes no valid program or one that is too long. Thread-safe.
absl::StatusOr<std::string> CompileSeccompProgram(const SeccompProfile& profile,
                                                  const HostFacts& facts, uint64_t capabilities);

// SECCOMP_FILTER_FLAG_… of the profile. A profile that names none does not pay for protection
// against speculative store bypass, as with other runtimes. Pure.
uint32_t SeccompFlags(const SeccompProfile& profile);

// Whether a rule counts on this machine and with these capabilities. Pure.
bool IsSeccompRuleActive(const SeccompRule& rule, const HostFacts& facts, uint64_t capabilities);

}  // namespace berth::runtime
