// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/build_context.h"

#include <fcntl.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "imageservice/layer/any_decompressor.h"
#include "imageservice/layer/layer_extractor.h"

namespace berth::imageservice {

absl::Status UnpackArchive(const Call& call, const ArchiveSource& source,
                           const std::string& directory) {
  ASSIGN_OR_RETURN(sys::Fd fd,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY),
                              "open ", directory));
  const MergedView nothing;
  ASSIGN_OR_RETURN(LayerExtractor extractor, LayerExtractor::New(std::move(fd), &nothing));
  AnyDecompressor unpacked(source, kMaxContextBytes);
  absl::Status done =
      extractor.Extract([&unpacked] { return unpacked.Next(); }, [&call] { return call.Check(); });
  if (done.ok()) {
    done = extractor.Settle(nothing).status();
  }
  return absl::IsDataLoss(done) ? absl::InvalidArgumentError(done.message()) : done;
}

absl::StatusOr<std::string> ReadTreeFile(const MergedView& tree, absl::string_view path,
                                         size_t max_bytes) {
  ASSIGN_OR_RETURN(const MergedNode node, tree.Resolve(path));
  if (node.kind == MergedNode::Kind::kAbsent) {
    return absl::NotFoundError(absl::StrCat(path, ": no such file"));
  }
  if (node.kind != MergedNode::Kind::kRegular) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a file"));
  }
  return ReadDescriptor(node.file.get(), max_bytes);
}

absl::StatusOr<IgnoreFile> ReadIgnoreFile(const MergedView& context, absl::string_view dockerfile) {
  for (const std::string& name :
       {absl::StrCat(dockerfile, ".dockerignore"), std::string(".dockerignore")}) {
    const absl::StatusOr<std::string> text = ReadTreeFile(context, name, kMaxIgnoreFile);
    if (text.ok()) {
      return IgnoreFile::Parse(*text);
    }
    if (!absl::IsNotFound(text.status())) {
      return text.status();
    }
  }
  return IgnoreFile();
}

}  // namespace berth::imageservice
