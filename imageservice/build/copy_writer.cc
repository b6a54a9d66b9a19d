// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/copy_writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "imageservice/layer/attributes.h"
#include "imageservice/layer/member_path.h"

namespace berth::imageservice {
namespace {

constexpr mode_t kDirectoryMode = 0755;
constexpr mode_t kTextMode = 0644;

// As a member is called: without the slash in front.
std::string MemberOf(const std::string& path) {
  return path.substr(1);
}

absl::StatusOr<TarMember> Describe(const std::string& path, const MergedNode& node) {
  TarMember member;
  member.path = MemberOf(path);
  member.mode = node.info.st_mode & 07777;
  member.uid = node.info.st_uid;
  member.gid = node.info.st_gid;
  member.mtime = node.info.st_mtim;
  member.target = node.target;
  switch (node.kind) {
    case MergedNode::Kind::kDirectory: {
      member.type = TarMember::Type::kDirectory;
      ASSIGN_OR_RETURN(FileXattrs xattrs, ReadXattrs(node.directories.front().get()));
      member.xattrs = std::move(xattrs.allowed);
      break;
    }
    case MergedNode::Kind::kRegular: {
      ASSIGN_OR_RETURN(FileXattrs xattrs, ReadXattrs(node.file.get()));
      member.xattrs = std::move(xattrs.allowed);
      break;
    }
    case MergedNode::Kind::kSymlink:
      member.type = TarMember::Type::kSymlink;
      break;
    default:
      member.device = node.info.st_rdev;
      member.type = S_ISCHR(node.info.st_mode)   ? TarMember::Type::kCharacter
                    : S_ISBLK(node.info.st_mode) ? TarMember::Type::kBlock
                                                 : TarMember::Type::kFifo;
  }
  return member;
}

}  // namespace

absl::StatusOr<bool> CopyWriter::Exists(const std::string& path) {
  if (path == "/" || made_.count(path) > 0) {
    return true;
  }
  ASSIGN_OR_RETURN(const MergedNode there, image_.Resolve(path));
  return there.kind == MergedNode::Kind::kDirectory;
}

absl::StatusOr<bool> CopyWriter::TargetIsDirectory() {
  return target_.is_directory ? true : Exists(target_.path);
}

absl::Status CopyWriter::AddMade(const std::string& path) {
  TarMember member;
  member.path = MemberOf(path);
  member.type = TarMember::Type::kDirectory;
  member.mode = kDirectoryMode;
  member.uid = target_.owner.uid;
  member.gid = target_.owner.gid;
  member.mtime = target_.made_at;
  made_.insert(path);
  return writer_.Add(member);
}

absl::Status CopyWriter::AddParents(const std::string& path) {
  const std::string parent(ParentPath(path));
  ASSIGN_OR_RETURN(const bool exists, Exists(parent.empty() ? "/" : parent));
  if (exists) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const MergedNode there, image_.Resolve(parent));
  if (there.kind != MergedNode::Kind::kAbsent) {
    return absl::InvalidArgumentError(absl::StrCat(parent, ": not a directory"));
  }
  RETURN_IF_ERROR(AddParents(parent));
  return AddMade(parent);
}

absl::Status CopyWriter::AddDirectory() {
  ASSIGN_OR_RETURN(const bool exists, Exists(target_.path));
  if (exists) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(AddParents(target_.path));
  return AddMade(target_.path);
}

absl::Status CopyWriter::AddText(const std::string& name, absl::string_view content) {
  ASSIGN_OR_RETURN(const bool into, TargetIsDirectory());
  const std::string path = into ? JoinPath(target_.path, name) : target_.path;
  RETURN_IF_ERROR(AddParents(path));
  TarMember member;
  member.path = MemberOf(path);
  member.mode = target_.chmod.has_value() ? target_.chmod->Apply(kTextMode, false) : kTextMode;
  member.uid = target_.owner.uid;
  member.gid = target_.owner.gid;
  member.mtime = target_.made_at;
  member.size = content.size();
  RETURN_IF_ERROR(writer_.Add(member));
  return writer_.Write(content);
}

absl::Status CopyWriter::AddSources(std::span<const CopySource> sources, const CopyFilter& filter) {
  for (const CopySource& source : sources) {
    RETURN_IF_ERROR(AddSource(source, filter));
  }
  return absl::OkStatus();
}

absl::Status CopyWriter::AddSource(const CopySource& source, const CopyFilter& filter) {
  const bool is_tree = source.node.kind == MergedNode::Kind::kDirectory;
  std::string top = target_.path;
  if (target_.keeps_parents) {
    top = JoinPath(top, source.kept);
  } else if (!is_tree) {
    ASSIGN_OR_RETURN(const bool into, TargetIsDirectory());
    top = into ? JoinPath(top, BaseName(source.path)) : top;
  }
  top = CleanPath(top);
  RETURN_IF_ERROR(AddParents(top));
  if (is_tree) {
    ASSIGN_OR_RETURN(const MergedNode there, image_.Resolve(top));
    if (there.kind != MergedNode::Kind::kDirectory && there.kind != MergedNode::Kind::kAbsent) {
      return absl::InvalidArgumentError(absl::StrCat("cannot copy to non-directory: ", top));
    }
  }
  return WalkSource(call_, source, filter, [&](const std::string& below, const MergedNode& node) {
    return AddNode(source.keeps_owners, below.empty() ? top : JoinPath(top, below), node);
  });
}

absl::Status CopyWriter::AddTree(const MergedNode& node) {
  const auto is_left_out = [](absl::string_view) { return false; };
  const WalkFilter all{is_left_out, false};
  return WalkTree(call_, node, "", all, [&](const std::string& below, const MergedNode& each) {
    return AddNode(true, CleanPath(JoinPath(target_.path, below)), each);
  });
}

absl::Status CopyWriter::AddNode(bool keeps_owner, const std::string& path,
                                 const MergedNode& node) {
  RETURN_IF_ERROR(call_.Check());
  if (S_ISSOCK(node.info.st_mode)) {
    return absl::OkStatus();
  }
  if (absl::StartsWith(BaseName(path), kWhiteoutPrefix)) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": a layer cannot have this name"));
  }
  if (node.kind == MergedNode::Kind::kDirectory) {
    const bool is_top = path == target_.path;
    ASSIGN_OR_RETURN(const bool exists, Exists(path));
    if (path == "/" || (is_top && exists)) {
      return absl::OkStatus();
    }
    made_.insert(path);
  }
  ASSIGN_OR_RETURN(TarMember member, Describe(path, node));
  if (!keeps_owner) {
    member.uid = target_.owner.uid;
    member.gid = target_.owner.gid;
  }
  if (target_.chmod.has_value() && member.type != TarMember::Type::kSymlink) {
    member.mode = target_.chmod->Apply(member.mode, member.type == TarMember::Type::kDirectory);
  }
  if (node.kind != MergedNode::Kind::kRegular) {
    return writer_.Add(member);
  }
  lseek(node.file.get(), 0, SEEK_SET);  // it may have been read for its digest
  return AddFile(writer_, std::move(member), node.file.get(),
                 [this](absl::string_view) { return call_.Check(); });
}

}  // namespace berth::imageservice
