// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "runtime/cgroup/devices.h"
#include "runtime/cgroup/hierarchies.h"
#include "runtime/cgroup/resources.h"

namespace berth::runtime {

// A cgroup by the same relative path in every hierarchy, "/kubepods/podX/ctr". The cgroupfs driver.
// Thread-safe (no state but the path). Borrows the hierarchies.
class Cgroup {
 public:
  Cgroup(const CgroupHierarchies& hierarchies, std::string path);

  // Makes the directories (and missing parents, with cpuset copied down on v1 and controllers
  // enabled on v2). Existing ones are success ("Ensure"). What was made is removed again on
  // failure.
  absl::Status Create() const;
  // The same with a first process, which is in the parent: of a cgroup2 with processes the children
  // get no controllers, so it is moved before they do.
  absl::Status CreateWith(int pid) const;
  absl::Status Apply(const std::vector<CgroupWrite>& writes) const;
  // The same, and then has `record` note it. When either fails, the controls are what they were, as
  // far as ReadControls goes.
  absl::Status Change(const std::vector<CgroupWrite>& writes,
                      absl::FunctionRef<absl::Status()> record) const;
  // v1: devices.deny/allow; v2: an eBPF program attached to the directory.
  absl::Status ApplyDevices(const std::vector<DeviceRule>& rules) const;
  // SIGKILLs everything inside and below and waits until it is empty. Thaws what is frozen. OK when
  // the cgroup is gone; DeadlineExceeded when something lives on.
  absl::Status Kill(absl::Time deadline) const;
  // Whether no process is inside or below; a cgroup that is gone is empty.
  absl::StatusOr<bool> IsEmpty() const;
  // Removes the directories, children first; absence is success.
  absl::Status Remove() const;
  // Processes inside and below, unsorted; none when it is gone.
  absl::StatusOr<std::vector<int>> Processes() const;
  // v1: freezer.state; v2: cgroup.freeze. Does not wait until all are frozen.
  absl::Status SetFrozen(bool frozen) const;
  // Whether it is to be: its processes may not all have stopped yet.
  absl::StatusOr<bool> IsFrozen() const;
  // The limit in force; unset when there is none.
  absl::StatusOr<std::optional<int64_t>> MemoryLimit() const;
  // What PlanResources wants to know of a cgroup that had limits before.
  absl::StatusOr<CgroupLimits> LimitsInForce() const;

  const std::string& path() const { return path_; }
  std::vector<std::string> directories() const;               // absolute; what a process joins
  std::string oom_file() const;                               // has a line "oom_kill N"
  std::string directory(absl::string_view controller) const;  // empty: no such controller
  std::string unified_directory() const;                      // empty: no cgroup2
  bool IsUnified(absl::string_view controller) const { return hierarchies_->IsUnified(controller); }

 private:
  const CgroupHierarchies* hierarchies_;
  std::string path_;
};

}  // namespace berth::runtime
