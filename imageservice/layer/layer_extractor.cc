// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/layer_extractor.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/layer/attributes.h"
#include "imageservice/layer/file_content.h"
#include "imageservice/layer/member_fault.h"
#include "imageservice/layer/member_path.h"

namespace berth::imageservice {
namespace {

// Makes a file of any kind by `make`, once more when something in its place had to go first.
template <typename Make>
auto MakeInPlace(LayerTree& tree, const LayerTree::Directory& directory, const std::string& name,
                 const Make& make) -> absl::StatusOr<std::decay_t<decltype(*make())>> {
  auto made = make();
  if (!made.ok() && made.error().code == EEXIST) {
    RETURN_IF_ERROR(tree.Clear(directory, name));
    made = make();
  }
  return ToStatusOr(std::move(made), name);
}

}  // namespace

absl::StatusOr<LayerExtractor> LayerExtractor::New(sys::Fd directory, const MergedView* parents) {
  ASSIGN_OR_RETURN(LayerTree tree, LayerTree::Open(std::move(directory), parents));
  return LayerExtractor(std::move(tree));
}

absl::Status LayerExtractor::Extract(TarReader::Source source, const MayGoOn& may_go_on) {
  TarReader reader(std::move(source));
  for (uint64_t members = 0;; ++members) {
    ASSIGN_OR_RETURN(const TarMember* member, reader.Next());
    if (member == nullptr) {
      return absl::OkStatus();
    }
    if (members == kMaxLayerMembers) {
      return absl::DataLossError(absl::StrCat("more than ", kMaxLayerMembers, " members"));
    }
    RETURN_IF_ERROR(may_go_on());
    RETURN_IF_ERROR(MemberFault(AddMember(*member, reader, may_go_on), *member));
  }
}

absl::Status LayerExtractor::AddMember(const TarMember& member, TarReader& reader,
                                       const MayGoOn& may_go_on) {
  ASSIGN_OR_RETURN(std::string path, CleanMemberPath(member.path));
  ASSIGN_OR_RETURN(Marker marker, ParseMarker(path));
  if (marker.kind == MarkerKind::kIgnored) {
    return absl::OkStatus();
  }
  bool is_directory = member.type == TarMember::Type::kDirectory;
  if ((path.empty() && !is_directory) || (marker.kind != MarkerKind::kNone && is_directory)) {
    return absl::DataLossError(absl::StrCat("the archive has a member called ", member.path));
  }
  if (is_directory) {
    ASSIGN_OR_RETURN(LayerTree::DirectoryRef made, tree_.Declare(path, member.mode, member.mtime));
    return ApplyAttributes(made->fd.get(), member, false);
  }
  ASSIGN_OR_RETURN(LayerTree::DirectoryRef directory,
                   tree_.Enter(MemberParent(path), member.mtime));
  std::string name(MemberName(path));
  switch (marker.kind) {
    case MarkerKind::kWhiteout:
      return tree_.WhiteOut(*directory, marker.name);
    case MarkerKind::kOpaque:
      return tree_.MakeOpaque(*directory);
    default:
      break;
  }
  switch (member.type) {
    case TarMember::Type::kFile:
      return AddFile(*directory, name, member, reader);
    case TarMember::Type::kHardLink:
      return AddLink(*directory, name, member, may_go_on);
    default:
      return AddNode(*directory, name, member);
  }
}

absl::Status LayerExtractor::AddFile(const LayerTree::Directory& directory, const std::string& name,
                                     const TarMember& member, TarReader& reader) {
  ASSIGN_OR_RETURN(sys::Fd file, MakeInPlace(tree_, directory, name, [&] {
                     return sys::OpenAt(directory.fd.get(), name.c_str(),
                                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
                   }));
  ASSIGN_OR_RETURN(uint64_t written, WriteContent(file.get(), member, reader));
  files_ += DiskUsage{InBlocks(written), 1};
  bool owned = member.uid == 0 && member.gid == 0 && !directory.setgid;  // we are root
  return ApplyAttributes(file.get(), member, owned);
}

absl::Status LayerExtractor::AddLink(const LayerTree::Directory& directory, const std::string& name,
                                     const TarMember& member, const MayGoOn& may_go_on) {
  ASSIGN_OR_RETURN(std::string target, CleanMemberPath(member.target));
  ASSIGN_OR_RETURN(LayerTree::DirectoryRef target_directory,
                   tree_.Enter(MemberParent(target), member.mtime));
  std::string target_name(MemberName(target));
  if (target.empty() || (target_directory->path == directory.path && target_name == name)) {
    return absl::DataLossError(absl::StrCat(member.path, ": a hard link to itself"));
  }
  ASSIGN_OR_RETURN(const DiskUsage copied, tree_.CopyUp(*target_directory, target_name, may_go_on));
  files_ += copied;
  return MakeInPlace(tree_, directory, name,
                     [&] {
                       return sys::MakeLink(target_directory->fd.get(), target_name.c_str(),
                                            directory.fd.get(), name.c_str());
                     })
      .status();
}

absl::Status LayerExtractor::AddNode(const LayerTree::Directory& directory, const std::string& name,
                                     const TarMember& member) {
  if (member.type == TarMember::Type::kCharacter && member.device == 0) {
    return absl::DataLossError(
        absl::StrCat(member.path, ": overlayfs takes this device for a whiteout"));
  }
  RETURN_IF_ERROR(
      MakeInPlace(tree_, directory, name, [&] {
        if (member.type == TarMember::Type::kSymlink) {
          return sys::MakeSymlink(member.target.c_str(), directory.fd.get(), name.c_str());
        }
        dev_t device = member.type == TarMember::Type::kFifo ? 0 : member.device;
        return sys::MakeNode(directory.fd.get(), name.c_str(), NodeType(member.type), device);
      }).status());
  files_ += DiskUsage{0, 1};
  return ApplyAttributesAt(directory.fd.get(), name.c_str(), member);
}

DiskUsage LayerExtractor::usage() const {
  uint64_t directories = tree_.directories();
  return DiskUsage{files_.bytes + directories * kUsualBlock, files_.inodes + directories};
}

}  // namespace berth::imageservice
