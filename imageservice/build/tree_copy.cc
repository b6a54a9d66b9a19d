// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/tree_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "imageservice/build/copy_writer.h"
#include "imageservice/build/layer_step.h"

namespace berth::imageservice {
namespace {

constexpr char kFile[] = "file";

// The root of a tree is no member of what is written below it.
absl::Status CopyOwnerAndMode(const MergedNode& node, const std::string& directory) {
  RETURN_IF_ERROR(ToStatus(
      sys::SetOwnerAt(AT_FDCWD, directory.c_str(), node.info.st_uid, node.info.st_gid), directory));
  return ToStatus(sys::SetModeAt(AT_FDCWD, directory.c_str(), node.info.st_mode & 07777),
                  directory);
}

}  // namespace

absl::StatusOr<std::string> CopyTree(const Call& call, const MergedNode& node,
                                     const std::string& directory) {
  const bool is_tree = node.kind == MergedNode::Kind::kDirectory;
  const MergedView nothing;
  const auto write = [&](const MergedView& below, TarWriter& writer) {
    CopyTarget target;
    target.path = is_tree ? "/" : std::string("/") + kFile;
    return CopyWriter(call, below, std::move(target), writer).AddTree(node);
  };
  RETURN_IF_ERROR(WriteInto(call, directory, nothing, write));
  if (!is_tree) {
    return JoinPath(directory, kFile);
  }
  RETURN_IF_ERROR(CopyOwnerAndMode(node, directory));
  return directory;
}

}  // namespace berth::imageservice
