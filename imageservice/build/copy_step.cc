// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/copy_step.h"

#include <fcntl.h>

#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/build/build_context.h"
#include "imageservice/build/remote_fetch.h"
#include "imageservice/build/step_key.h"
#include "imageservice/layer/any_decompressor.h"

namespace berth::imageservice {
namespace {

// Whether there may be one more.
absl::Status CheckTrees(size_t there_are) {
  return there_are < kMaxOwnTrees
             ? absl::OkStatus()
             : absl::InvalidArgumentError(
                   absl::StrCat("one ADD unpacks and fetches at most ", kMaxOwnTrees, " sources"));
}

// Root where nobody is named.
absl::StatusOr<Owner> OwnerIn(const MergedView& image, const std::string& name) {
  if (name.empty()) {
    return Owner();
  }
  return ParseOwner(
      name, [&](absl::string_view path) { return ReadTreeFile(image, path, kMaxNameDatabase); });
}

timespec MadeAt(const BuildJob& job) {
  return {job.epoch.value_or(absl::ToUnixSeconds(absl::Now())), 0};
}

}  // namespace

absl::StatusOr<CopySource> CopyStep::Fetch(const std::string& word) {
  if (!copy_.is_add) {
    return absl::InvalidArgumentError("source can't be a URL for COPY");
  }
  ASSIGN_OR_RETURN(const RemoteSource source, ParseRemoteSource(word));
  const std::string directory = absl::StrCat(job_.directory, "/", key_, "-r", trees_.size());
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, directory.c_str(), 0755), directory));
  const bool keeps_git = copy_.keep_git_directory.value_or(false);
  ASSIGN_OR_RETURN(const RemoteTree remote,
                   FetchRemote(call_, job_.http, source, copy_.checksum, directory, keeps_git));
  ASSIGN_OR_RETURN(MergedView view, MergedView::Open({directory}));
  trees_.push_back(std::move(view));
  CopySource found;
  found.is_remote = true;
  found.path = remote.path;
  ASSIGN_OR_RETURN(found.node, trees_.back().Resolve(remote.path));
  if (source.kind == RemoteSource::Kind::kFile) {
    found.node.info.st_mtim = remote.made_at;
    found.known_as = remote.path;
    return found;
  }
  if (found.node.kind != MergedNode::Kind::kDirectory) {
    return absl::InvalidArgumentError(absl::StrCat(word, ": no directory ", source.subdirectory));
  }
  found.content = absl::StrCat(remote.commit, keeps_git ? " git" : "", ":", remote.path);
  return found;
}

absl::Status CopyStep::FindSource(const std::string& word) {
  if (IsRemote(word)) {
    ASSIGN_OR_RETURN(CopySource source, Fetch(word));
    sources_.push_back(std::move(source));
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<CopySource>> sources =
      FindSources(view_.has_value() ? view_->tree() : job_.context, {word}, filter_, copy_.parents);
  if (!sources.ok()) {
    return absl::Status(
        sources.status().code(),
        absl::StrCat(copy_.is_add ? "ADD" : "COPY", " failed: ", sources.status().message()));
  }
  std::move(sources->begin(), sources->end(), std::back_inserter(sources_));
  return absl::OkStatus();
}

absl::Status CopyStep::CheckWords() const {
  if (copy_.checksum.empty()) {
    return absl::OkStatus();
  }
  if (copy_.sources.size() != 1) {
    return absl::InvalidArgumentError("checksum can't be specified for multiple sources");
  }
  return IsRemote(copy_.sources.front())
             ? absl::OkStatus()
             : absl::InvalidArgumentError("checksum requires HTTP(S) or Git sources");
}

absl::Status CopyStep::FindWhatIsRead(const std::optional<std::string>& from) {
  RETURN_IF_ERROR(CheckWords());
  ASSIGN_OR_RETURN(filter_.excludes, IgnoreFile::FromPatterns(copy_.excludes));
  if (from.has_value()) {
    ASSIGN_OR_RETURN(ChainView view, ChainView::Open(job_, *from, key_ + "f"));
    view_.emplace(std::move(view));
  } else {
    filter_.ignore = job_.ignore;
  }
  for (const std::string& word : copy_.sources) {
    RETURN_IF_ERROR(CheckTrees(trees_.size()));
    RETURN_IF_ERROR(FindSource(word));
    if (sources_.size() > kMaxCopySources) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kMaxCopySources, " sources are named"));
    }
  }
  const bool many = sources_.size() + copy_.files.size() > 1;
  if (many && !absl::EndsWith(copy_.destination, "/") && copy_.destination != "." &&
      !absl::EndsWith(copy_.destination, "/.")) {
    return absl::InvalidArgumentError(
        absl::StrCat("When using ", copy_.is_add ? "ADD" : "COPY",
                     " with more than one source file, the destination must be a directory and "
                     "end with a /"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> CopyStep::Reads() const {
  ASSIGN_OR_RETURN(const std::string digest, DigestSources(call_, sources_, filter_));
  std::vector<std::string> reads = {
      copy_.is_add ? "ADD" : "COPY",
      working_directory_,
      copy_.destination,
      copy_.chown,
      copy_.chmod,
      absl::StrCat(copy_.parents, copy_.link,
                   copy_.unpack.has_value() ? (*copy_.unpack ? " unpack" : " keep") : ""),
      digest};
  for (const Heredoc& file : copy_.files) {
    reads.push_back(file.name);
    reads.push_back(file.content);
  }
  return reads;
}

absl::StatusOr<CopyTarget> CopyStep::TargetOn(const MergedView& image) const {
  CopyTarget target;
  const std::string& to = copy_.destination;
  target.path = CleanPath(IsAbsolutePath(to) ? to : JoinPath(working_directory_, to));
  target.is_directory = to == "." || absl::EndsWith(to, "/") || absl::EndsWith(to, "/.") ||
                        absl::EndsWith(to, "/..") || to == "..";
  target.keeps_parents = copy_.parents;
  target.made_at = MadeAt(job_);
  ASSIGN_OR_RETURN(target.owner, OwnerIn(image, copy_.chown));
  if (!copy_.chmod.empty()) {
    ASSIGN_OR_RETURN(target.chmod, ModeChange::Parse(copy_.chmod));
  }
  return target;
}

absl::StatusOr<std::optional<CopySource>> CopyStep::UnpackOne(const CopySource& source,
                                                              size_t place) {
  const bool unpacks = copy_.unpack.value_or(!source.is_remote);
  if (!unpacks || source.node.kind != MergedNode::Kind::kRegular) {
    return std::nullopt;
  }
  MergedNode opened;
  ASSIGN_OR_RETURN(const MergedNode* packed, OpenSource(source, opened));
  if (!IsArchive(packed->file.get())) {
    return std::nullopt;
  }
  RETURN_IF_ERROR(CheckTrees(trees_.size()));
  const std::string directory = absl::StrCat(job_.directory, "/", key_, "-a", place);
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, directory.c_str(), 0755), directory));
  std::string buffer;
  RETURN_IF_ERROR(UnpackArchive(call_, BytesOf(packed->file.get(), buffer), directory));
  ASSIGN_OR_RETURN(MergedView view, MergedView::Open({directory}));
  trees_.push_back(std::move(view));
  CopySource tree;
  ASSIGN_OR_RETURN(tree.node, trees_.back().Resolve(""));
  tree.keeps_owners = true;
  return std::optional<CopySource>(std::move(tree));
}

// Of ADD: in the place of each archive what it holds.
absl::StatusOr<std::vector<CopySource>> CopyStep::UnpackArchives() {
  std::vector<CopySource> sources;
  for (size_t i = 0; i < sources_.size(); ++i) {
    ASSIGN_OR_RETURN(std::optional<CopySource> tree, UnpackOne(sources_[i], i));
    sources.push_back(tree.has_value() ? *std::move(tree) : std::move(sources_[i]));
  }
  return sources;
}

absl::StatusOr<AuthoredLayer> CopyStep::Make(const std::string& chain) {
  if (copy_.is_add) {
    ASSIGN_OR_RETURN(sources_, UnpackArchives());
  }
  return MakeWrittenLayer(call_, job_, chain, key_,
                          [&](const MergedView& image, TarWriter& tar) -> absl::Status {
                            ASSIGN_OR_RETURN(CopyTarget target, TargetOn(image));
                            CopyWriter writer(call_, image, std::move(target), tar);
                            RETURN_IF_ERROR(writer.AddSources(sources_, filter_));
                            for (const Heredoc& file : copy_.files) {
                              RETURN_IF_ERROR(writer.AddText(file.name, file.content));
                            }
                            return absl::OkStatus();
                          });
}

absl::StatusOr<bool> DirectoryExists(const BuildJob& job, const std::string& chain,
                                     const std::string& key, const std::string& path) {
  ASSIGN_OR_RETURN(const ChainView view, ChainView::Open(job, chain, key));
  ASSIGN_OR_RETURN(const MergedNode node, view.tree().Resolve(path));
  if (node.kind != MergedNode::Kind::kDirectory && node.kind != MergedNode::Kind::kAbsent) {
    return absl::InvalidArgumentError(absl::StrCat("cannot mkdir: ", path, " is not a directory"));
  }
  return node.kind == MergedNode::Kind::kDirectory;
}

absl::StatusOr<AuthoredLayer> MakeDirectoryLayer(const Call& call, const BuildJob& job,
                                                 const std::string& chain, const std::string& key,
                                                 const std::string& path,
                                                 const std::string& owner) {
  return MakeWrittenLayer(call, job, chain, key,
                          [&](const MergedView& image, TarWriter& tar) -> absl::Status {
                            CopyTarget target;
                            target.path = path;
                            ASSIGN_OR_RETURN(target.owner, OwnerIn(image, owner));
                            target.made_at = MadeAt(job);
                            return CopyWriter(call, image, std::move(target), tar).AddDirectory();
                          });
}

}  // namespace berth::imageservice
