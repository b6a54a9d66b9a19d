// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/tree_copy.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "absl/functional/function_ref.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "imageservice/build/copy_writer.h"
#include "imageservice/build/layer_step.h"

namespace berth::imageservice {
namespace {

// The root of a tree is no member of what is written below it.
absl::Status CopyOwnerAndMode(const MergedNode& node, const Owner& owner,
                              const std::string& directory) {
  RETURN_IF_ERROR(
      ToStatus(sys::SetOwnerAt(AT_FDCWD, directory.c_str(), owner.uid, owner.gid), directory));
  return ToStatus(sys::SetModeAt(AT_FDCWD, directory.c_str(), node.info.st_mode & 07777),
                  directory);
}

// `add` writes the node at the writer's target.
absl::StatusOr<std::string> CopyNode(const Call& call, const MergedNode& node, const Owner& owner,
                                     const std::string& directory,
                                     absl::FunctionRef<absl::Status(CopyWriter&)> add) {
  const bool is_tree = node.kind == MergedNode::Kind::kDirectory;
  const MergedView nothing;
  const auto write = [&](const MergedView& below, TarWriter& tar) {
    CopyTarget target;
    target.path = is_tree ? "/" : std::string("/") + kCopiedFile;
    CopyWriter writer(call, below, std::move(target), tar);
    return add(writer);
  };
  RETURN_IF_ERROR(WriteInto(call, directory, nothing, write));
  if (!is_tree) {
    return JoinPath(directory, kCopiedFile);
  }
  RETURN_IF_ERROR(CopyOwnerAndMode(node, owner, directory));
  return directory;
}

}  // namespace

absl::StatusOr<std::string> CopyTree(const Call& call, const MergedNode& node,
                                     const std::string& directory) {
  return CopyNode(call, node, Owner{node.info.st_uid, node.info.st_gid}, directory,
                  [&](CopyWriter& writer) { return writer.AddTree(node); });
}

absl::StatusOr<std::string> CopySourceTree(const Call& call, const CopySource& source,
                                           const CopyFilter& filter, const std::string& directory) {
  return CopyNode(call, source.node, Owner(), directory, [&](CopyWriter& writer) {
    return writer.AddSources({&source, 1}, filter);
  });
}

}  // namespace berth::imageservice
