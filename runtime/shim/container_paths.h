// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/sys/errno_or.h"
#include "runtime/plan/plan_header.h"

namespace berth::shim {

// The paths of a container that the shim needs as long as it knows it, copied out of its plan.
class ContainerPaths {
 public:
  // `space` holds them; ENAMETOOLONG when they do not fit.
  sys::Result Copy(const runtime::LaunchHeader& header, std::span<char> space);

  const char* log() const { return log_; }
  const char* oom_file() const { return oom_file_; }
  const char* pid_file() const { return pid_file_; }  // of the program that starts it
  std::span<const char* const> cgroups() const { return {cgroups_.data(), cgroup_count_}; }

 private:
  const char* log_ = "";
  const char* oom_file_ = "";
  const char* pid_file_ = "";
  std::array<const char*, runtime::kMaxCgroupDirectories> cgroups_ = {};
  size_t cgroup_count_ = 0;
};

}  // namespace berth::shim
