// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/snapshot/rootfs.h"
#include "proto/runtime/v1/api.pb.h"
#include "runtime/checkpointer.h"

namespace berth::cri {

namespace v1 = ::runtime::v1;

// Whether the image of a container is not one, but the path of a checkpoint archive. Pure.
bool NamesCheckpoint(absl::string_view image);

// What a checkpoint says of the container that was saved.
struct SavedProgram {
  std::string name;
  std::string image;  // the id of the one on which it stood
  std::string command_digest;
  std::string environment_digest;
};

// FailedPrecondition, naming the difference, unless the container that is asked for, of the image
// with that id, is what was saved. Pure.
absl::Status CheckSameProgram(const SavedProgram& saved, const v1::ContainerConfig& config,
                              const std::string& image_id);

// The way of a container from an archive, in the order of the methods; Drop undoes the first. Paths
// are absolute.
// Thread-safe; the door outlives it.
class Restores {
 public:
  // `root` is the daemon's.
  Restores(runtime::Checkpointer& checkpointer, std::string root)
      : checkpointer_(checkpointer), root_(std::move(root)) {}

  // The paths of the archives in the directory of a pod's checkpoint, by their container's name.
  // InvalidArgument for a directory that has none.
  static absl::StatusOr<std::map<std::string, std::string>> FindArchives(
      const std::string& directory);

  // Unpacks the archive for the container that is to be made. Whether there is no file, or none
  // that is a checkpoint of this node, is all one to who asks: NotFound.
  absl::StatusOr<SavedProgram> Unpack(const Call& call, const std::string& archive,
                                      const std::string& container_id) const;
  // The same of an open file, for who may know: DataLoss for what is no checkpoint,
  // PermissionDenied for one that is not signed with this node's key.
  absl::StatusOr<SavedProgram> UnpackFile(const Call& call, int archive,
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
