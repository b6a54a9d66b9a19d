// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/digest.h"
#include "base/status.h"
#include "runtime/spec/seccomp_default_profile.h"
#include "runtime/spec/seccomp_program.h"

namespace berth::runtime {

absl::StatusOr<SeccompProgram> SeccompCompiler::CompileDefault(const HostFacts& facts,
                                                               uint64_t capabilities) {
  const std::string key = absl::StrCat("default/", absl::Hex(capabilities));
  if (std::optional<SeccompProgram> known = Find(key)) {
    return *std::move(known);
  }
  return Compile(key, DefaultSeccompProfile(), facts, capabilities);
}

absl::StatusOr<SeccompProgram> SeccompCompiler::CompileJson(absl::string_view json,
                                                            const HostFacts& facts,
                                                            uint64_t capabilities) {
  const std::string key = absl::StrCat(Digest::OfBytes(json).hex(), "/", absl::Hex(capabilities));
  if (std::optional<SeccompProgram> known = Find(key)) {
    return *std::move(known);
  }
  ASSIGN_OR_RETURN(const SeccompProfile profile, ParseSeccompProfile(json));
  return Compile(key, profile, facts, capabilities);
}

std::optional<SeccompProgram> SeccompCompiler::Find(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  const auto found = programs_.find(key);
  return found == programs_.end() ? std::nullopt : std::optional<SeccompProgram>(found->second);
}

absl::StatusOr<SeccompProgram> SeccompCompiler::Compile(const std::string& key,
                                                        const SeccompProfile& profile,
                                                        const HostFacts& facts,
                                                        uint64_t capabilities) {
  SeccompProgram program;
  ASSIGN_OR_RETURN(program.instructions, CompileSeccompProgram(profile, facts, capabilities));
  program.flags = SeccompFlags(profile);
  absl::MutexLock lock(&mutex_);
  if (programs_.try_emplace(key, program).second) {
    oldest_first_.push_back(key);
  }
  if (oldest_first_.size() > kMaxCachedPrograms) {
    programs_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  return program;
}

}  // namespace berth::runtime
