// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/sys/errno_or.h"
#include "runtime/plan/codec.h"
#include "runtime/plan/launch_plan.h"

// The first fields of a plan, which are for the shim itself, read in place: nothing is allocated,
// and every text points into the encoded bytes and ends with a NUL there.
namespace berth::runtime {

inline constexpr size_t kMaxCgroupDirectories = 16;  // v1 has 14 controllers, and the unified tree

// A short list of texts in place.
class PlanTextList {
 public:
  std::span<const PlanText> texts() const { return {texts_.data(), size_}; }
  void Add(PlanText text) { texts_[size_++] = text; }
  // As C strings, in `space`.
  std::span<const char* const> CStrings(
      std::array<const char*, kMaxCgroupDirectories>& space) const {
    for (size_t i = 0; i < size_; ++i) {
      space[i] = texts_[i].data();
    }
    return {space.data(), size_};
  }
  bool full() const { return size_ == texts_.size(); }

 private:
  std::array<PlanText, kMaxCgroupDirectories> texts_;
  size_t size_ = 0;
};

struct LaunchHeader {
  PlanText container_id;
  PlanTextList cgroup_directories;
  PlanText oom_file;
  PlanText log_path;
  PidNamespace pid_namespace = PidNamespace::kPrivate;
  PlanText pid_target;
  bool cgroup_namespace = true;
  bool open_stdin = false;
  PlanText bundle;
  struct {
    bool terminal = false;
  } process;
  struct {
    PlanText pid_file;  // empty: there is no program
    PlanTextList cgroup_directories;
  } program;
};

struct ExecHeader {
  PlanText container_id;
  struct {
    bool terminal = false;
  } process;
  struct {
    PlanText pid_file;  // empty: there is no program
  } program;
};

// Errors as DecodeLaunchPlan, but only of the part that is read; EBADMSG also for more than
// kMaxCgroupDirectories.
sys::ErrnoOr<LaunchHeader> ReadLaunchHeader(const char* bytes, size_t size);
sys::ErrnoOr<ExecHeader> ReadExecHeader(const char* bytes, size_t size);

}  // namespace berth::runtime
