// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/snapshot/rootfs.h"
#include "runtime/checkpointer.h"

namespace berth::cri {

// Whether the image of a container is not one, but the path of a checkpoint archive. Pure.
bool NamesCheckpoint(absl::string_view image);

// The way of a container from an archive, in the order of the methods; Drop undoes the first.
// Thread-safe; the door outlives it.
class Restores {
 public:
  // `root` is the daemon's.
  Restores(runtime::Checkpointer& checkpointer, std::string root)
      : checkpointer_(checkpointer), root_(std::move(root)) {}

  // Unpacks the archive for the container that is to be made. Returns the id of the image on which
  // the saved one stood. Whether there is no file, or none that is a checkpoint of this node, is
  // all one to who asks: NotFound.
  absl::StatusOr<std::string> Unpack(const Call& call, const std::string& archive,
                                     const std::string& container_id) const;
  // Brings what the saved container had written into the new one's root.
  absl::Status Fill(const Call& call, const std::string& container_id,
                    const imageservice::Rootfs& root) const;
  // After the container is made: it will be started from the checkpoint. FailedPrecondition when
  // the request differs from what was saved in what cannot be changed, PermissionDenied when the
  // checkpoint is of another namespace.
  absl::Status Prepare(const Call& call, const std::string& container_id) const {
    return checkpointer_.PrepareRestore(call, container_id);
  }
  void Drop(const std::string& container_id) const { checkpointer_.DropRestore(container_id); }

 private:
  runtime::Checkpointer& checkpointer_;
  const std::string root_;
};

}  // namespace berth::cri
