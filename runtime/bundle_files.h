// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/container.h"
#include "runtime/runtime_context.h"

// What an OCI runtime is given and what it keeps, of the containers whose pods have one as handler.
namespace berth::runtime {

// bundles/<id> in the pod's directory; goes with it at the latest.
std::string BundleDirectory(const Pod& pod, absl::string_view container_id);
absl::Status MakeBundle(const Pod& pod, absl::string_view container_id, const std::string& config);
absl::Status RemoveBundle(const Pod& pod, absl::string_view container_id);  // absence is success

// Where the program itself is and what it sees. Of cgroups of version 1 only the hierarchies that
// are ours, or it would leave cgroups in others; and not version 2 beside them, which some refuse:
// there it is in the container's cgroup itself, and so is what it leaves.
void PlaceProgram(const CgroupHierarchies& hierarchies, const Cgroup& cgroup, ProgramPlan& program);

// A runtime fails where the shim leaves a limit or score as it is that we may not set: these become
// what they would be.
void KeepToWhatWeMay(const HostFacts& facts, ProcessPlan& process);

// One exec by a runtime: its program in the plan, and the files that it needs, which go with this.
class ExecBundle {
 public:
  // FailedPrecondition when the pod's handler is configured no longer.
  static absl::StatusOr<ExecBundle> Make(const RuntimeContext& context, const Container& container,
                                         ExecPlan& plan);
  ExecBundle(ExecBundle&& other) noexcept
      : directory_(std::exchange(other.directory_, {})), name_(std::move(other.name_)) {}
  ExecBundle& operator=(ExecBundle&&) = delete;
  ~ExecBundle();

 private:
  ExecBundle(std::string directory, std::string name)
      : directory_(std::move(directory)), name_(std::move(name)) {}
  std::string directory_;  // empty: moved from
  std::string name_;
};

// ": " and what a program that failed has said in its log; empty when it has said nothing.
std::string ProgramSays(const ProgramPlan& program);

// Makes the runtime forget a container whose processes have ended. Does nothing for one that no
// runtime knows. What a runtime that fails, hangs or is gone keeps of it is removed without it.
absl::Status DeleteFromRuntime(RuntimeContext& context, const Call& call,
                               const Container& container);

// The same for all that are of no container of ours, where the runtime's state is ours alone.
void DeleteStraysFromRuntimes(RuntimeContext& context, const Call& call);

}  // namespace berth::runtime
