// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "base/sys/fd.h"
#include "cri/checkpoint/restores.h"
#include "cri/checkpoint/scratch.h"
#include "runtime/checkpointer.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

inline constexpr int kMaxContainersOfCheckpoint = 256;

class Checkpoints;

// Unimplemented when there are none.
absl::Status CheckCheckpointsOn(const Checkpoints* checkpoints);

// Saves containers into archives, and has what brings them back: the runtime gives their processes,
// the image service what they have written. Thread-safe; the doors outlive it. Paths are absolute.
class Checkpoints {
 public:
  // Keeps its key and what it works with below `root`; clears what an earlier daemon has left.
  Checkpoints(const runtime::PodRuntime& runtime, runtime::Checkpointer& checkpointer,
              std::string root);

  // Writes the RUNNING container to a new file at `location`; it runs on. Whatever fails leaves
  // nothing.
  absl::Status Save(const Call& call, const std::string& container_id,
                    const std::string& location) const;

  // The processes of the RUNNING container, without what it has written to its root, as an archive
  // in a file without a name, open for reading; it runs on.
  absl::StatusOr<sys::Fd> SaveProcesses(const Call& call, const std::string& container_id) const;

  // Writes the containers, which are RUNNING and of that pod, as they are at one moment, to
  // `<name>.tar` each in `directory`, which is empty, with a pod.options that names them. Whatever
  // fails leaves the directory empty.
  absl::Status SavePod(const Call& call, const std::string& pod_id, const std::string& directory,
                       const std::vector<std::string>& container_ids) const;

  const Restores& restores() const { return restores_; }

 private:
  // A container's parts, before they are an archive.
  struct Parts {
    runtime::ContainerSnapshot container;
    ScratchDirectory scratch;
  };

  absl::StatusOr<std::vector<runtime::ContainerSnapshot>> Select(
      const std::string& pod_id, const std::vector<std::string>& container_ids) const;
  // What is saved of a container.
  enum class Extent { kWhole, kProcesses };

  // ResourceExhausted, with nothing frozen, when no archives of them fit beside the open file `to`.
  absl::StatusOr<std::vector<Parts>> Gather(const Call& call, const runtime::PodSnapshot& pod,
                                            std::vector<runtime::ContainerSnapshot> containers,
                                            Extent extent, int to) const;
  absl::Status Pack(const Call& call, const Parts& parts, int file) const;

  const runtime::PodRuntime& runtime_;
  runtime::Checkpointer& checkpointer_;
  const std::string root_;
  const Restores restores_;
};

}  // namespace berth::cri
