// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "runtime/checkpoint/saved_files.h"
#include "runtime/pod_runtime.h"

namespace berth::runtime {

struct CheckpointRequest {
  std::string container_id;
  std::string directory;  // absolute, empty, the caller's
  // Copies what else belongs to the same moment: nothing of the container runs meanwhile. `upper`
  // is the upper directory of its root's overlay; empty: it cannot write to its root.
  std::function<absl::Status(const Call& call, const std::string& upper)> while_still;
};

// The door of runtime/ to saving containers. Thread-safe.
class Checkpointer {
 public:
  // By the program `criu`, a path. `runtime` is one that PodRuntime::Create has made, and outlives
  // it.
  static std::unique_ptr<Checkpointer> Of(PodRuntime& runtime, std::string criu);
  virtual ~Checkpointer() = default;

  // Saves containers of one pod (else InvalidArgument) that are RUNNING (else FailedPrecondition,
  // as for what cannot be saved), at one moment: all of them are frozen first, and go on before the
  // return, whatever happens. Each directory gets the files of saved_files.h. Unimplemented
  // when the node has no criu, or none that works on its kernel; Internal, with CRIU's reason, for
  // what CRIU cannot do.
  virtual absl::Status Checkpoint(const Call& call,
                                  const std::vector<CheckpointRequest>& requests) = 0;

  // Where the caller puts what was saved of a container (berth.dump, CRIU's images) before it makes
  // the one with this id, by a rename, its parent made if need be. From then on StartContainer
  // starts that one from it, or not at all.
  virtual std::string RestoreDirectory(absl::string_view container_id) const = 0;
  // Of a container that is CREATED now. FailedPrecondition when its request differs from the saved
  // one in what cannot be changed (user, capabilities, filter, mounts, …), naming it;
  // PermissionDenied when the saved one was of another Kubernetes namespace.
  virtual absl::Status PrepareRestore(const Call& call, absl::string_view container_id) = 0;
  // Removes the directory, for a container that was not made or is gone.
  virtual void DropRestore(absl::string_view container_id) = 0;
};

}  // namespace berth::runtime
