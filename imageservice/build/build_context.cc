// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/build_context.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/descriptor_path.h"
#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/build/build_limits.h"
#include "imageservice/build/remote_fetch.h"
#include "imageservice/build/statement.h"
#include "imageservice/build/tree_walk.h"
#include "imageservice/content/headroom.h"
#include "imageservice/layer/any_decompressor.h"
#include "imageservice/layer/layer_extractor.h"

namespace berth::imageservice {
namespace {

constexpr size_t kPiece = 64 << 10;

absl::StatusOr<std::string> MakeDirectory(const std::string& path) {
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, path.c_str(), 0755), path));
  return path;
}

// What was fetched is the context, holds it, or is its Dockerfile.
absl::StatusOr<std::string> FetchContext(const Call& call, HttpClient& http,
                                         const BuildRequest& request,
                                         const std::string& directory) {
  ASSIGN_OR_RETURN(const RemoteSource source, ParseRemoteSource(request.remote, request.agents));
  ASSIGN_OR_RETURN(const std::string fetched, MakeDirectory(directory + "/remote"));
  ASSIGN_OR_RETURN(const RemoteTree remote, FetchRemote(call, http, source, "", fetched));
  ASSIGN_OR_RETURN(const MergedView view, MergedView::Open({fetched}));
  ASSIGN_OR_RETURN(const MergedNode node, view.Resolve(remote.path));
  if (source.kind == RemoteSource::Kind::kRepository) {
    if (node.kind != MergedNode::Kind::kDirectory) {
      return absl::InvalidArgumentError(
          absl::StrCat(request.remote, ": no directory ", source.subdirectory));
    }
    return PathOf(node.directories.front().get());
  }
  ASSIGN_OR_RETURN(const std::string tree, MakeDirectory(directory + "/context"));
  if (IsArchive(node.file.get())) {
    std::string buffer;
    RETURN_IF_ERROR(UnpackArchive(call, BytesOf(node.file.get(), buffer), tree));
    return tree;
  }
  lseek(node.file.get(), 0, SEEK_SET);
  ASSIGN_OR_RETURN(const std::string text, ReadDescriptor(node.file.get(), kMaxDockerfile));
  const std::string path = JoinPath(tree, BuildRequest().dockerfile);
  ASSIGN_OR_RETURN(
      const sys::Fd file,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0644), path));
  RETURN_IF_ERROR(ToStatus(sys::WriteAll(file.get(), text.data(), text.size()), path));
  return tree;
}

// No archive of a context says whose its root is.
BuildContext ContextOf(MergedView tree, bool is_live) {
  tree.DisownRoot();
  return {std::move(tree), is_live};
}

}  // namespace

absl::StatusOr<BuildContext> MakeContext(const Call& call, HttpClient& http,
                                         const BuildRequest& request, const ContextSource& source,
                                         const std::string& directory) {
  if (request.remote.empty() && source.directory.is_open()) {
    ASSIGN_OR_RETURN(sys::Fd root, ToStatusOr(sys::Duplicate(source.directory.get()), "context"));
    return ContextOf(MergedView::OfDirectory(std::move(root)), true);
  }
  std::string tree;
  if (request.remote.empty()) {
    ASSIGN_OR_RETURN(tree, MakeDirectory(directory + "/context"));
    RETURN_IF_ERROR(Annotate(UnpackArchive(call, source.archive, tree), "the build's context"));
  } else {
    ASSIGN_OR_RETURN(tree, FetchContext(call, http, request, directory));
  }
  ASSIGN_OR_RETURN(MergedView view, MergedView::Open({tree}));
  return ContextOf(std::move(view), false);
}

ArchiveSource BytesOf(int file, std::string& buffer) {
  lseek(file, 0, SEEK_SET);
  buffer.resize(kPiece);
  return [file, &buffer]() -> absl::StatusOr<absl::string_view> {
    ASSIGN_OR_RETURN(const size_t size, ToStatusOr(sys::ReadFull(file, buffer), "read archive"));
    return absl::string_view(buffer).substr(0, size);
  };
}

bool IsArchive(int file) {
  std::string buffer;
  AnyDecompressor unpacked(BytesOf(file, buffer), kMaxContextBytes);
  std::string beginning;
  while (beginning.size() < kTarBlock) {
    const absl::StatusOr<absl::string_view> piece = unpacked.Next();
    if (!piece.ok() || piece->empty()) {
      return false;
    }
    absl::StrAppend(&beginning, piece->substr(0, kTarBlock));
  }
  return LooksLikeTar(beginning);
}

absl::Status UnpackArchive(const Call& call, const ArchiveSource& source,
                           const std::string& directory) {
  ASSIGN_OR_RETURN(sys::Fd fd,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY),
                              "open ", directory));
  ASSIGN_OR_RETURN(const sys::Fd disk, ToStatusOr(sys::Duplicate(fd.get()), "open ", directory));
  const MergedView nothing;
  ASSIGN_OR_RETURN(LayerExtractor extractor, LayerExtractor::New(std::move(fd), &nothing));
  AnyDecompressor unpacked(source, kMaxContextBytes);
  const auto may_go_on = [&]() -> absl::Status {
    RETURN_IF_ERROR(call.Check());
    return CheckHeadroom(disk.get());
  };
  // Before each piece, too: one member may be as large as the archive may.
  const auto next = [&]() -> absl::StatusOr<absl::string_view> {
    RETURN_IF_ERROR(may_go_on());
    return unpacked.Next();
  };
  absl::Status done = extractor.Extract(next, may_go_on);
  if (done.ok()) {
    done = extractor.Settle(nothing).status();
  }
  return absl::IsDataLoss(done) ? absl::InvalidArgumentError(done.message()) : done;
}

absl::StatusOr<IgnoreFile> ReadIgnoreFile(const MergedView& context, absl::string_view dockerfile) {
  for (const std::string& name :
       {absl::StrCat(dockerfile, ".dockerignore"), std::string(".dockerignore")}) {
    const absl::StatusOr<std::string> text = ReadTreeFile(context, name, kMaxIgnoreFile);
    if (text.ok()) {
      absl::StatusOr<IgnoreFile> ignore = IgnoreFile::Parse(*text);
      RETURN_IF_ERROR(Annotate(ignore.status(), name));
      return ignore;
    }
    if (!absl::IsNotFound(text.status())) {
      return text.status();
    }
  }
  return IgnoreFile();
}

}  // namespace berth::imageservice
