// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/copy_step.h"

#include <fcntl.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/build/build_context.h"
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

// The same by the chain's users, which are looked at only where somebody is named.
absl::StatusOr<Owner> OwnerOn(const BuildJob& job, const std::string& chain, const std::string& key,
                              const std::string& name) {
  if (name.empty()) {
    return Owner();
  }
  return ParseOwner(name, [&](absl::string_view path) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const ChainView view, ChainView::Open(job, chain, key));
    return ReadTreeFile(view.tree(), path, kMaxNameDatabase);
  });
}

// How a destination is written that is a directory, be it there or not.
bool NamesDirectory(const std::string& to) {
  return to == "." || to == ".." || absl::EndsWith(to, "/") || absl::EndsWith(to, "/.") ||
         absl::EndsWith(to, "/..");
}

timespec MadeAt(const BuildJob& job) {
  return {job.epoch.value_or(absl::ToUnixSeconds(absl::Now())), 0};
}

}  // namespace

absl::StatusOr<CopyStep::Fetched> CopyStep::Fetch(const RemoteSource& source,
                                                  const UrlNote* known) {
  RETURN_IF_ERROR(CheckTrees(trees_.size()));
  const std::string directory = absl::StrCat(job_.directory, "/", key_, "-r", fetches_++);
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, directory.c_str(), 0755), directory));
  Fetched fetched;
  ASSIGN_OR_RETURN(fetched.remote, FetchRemote(call_, job_.http, source, copy_.checksum, directory,
                                               copy_.keep_git_directory.value_or(false), known));
  if (fetched.remote.is_unchanged) {
    return fetched;
  }
  ASSIGN_OR_RETURN(MergedView view, MergedView::Open({directory}));
  trees_.push_back(std::move(view));
  ASSIGN_OR_RETURN(fetched.node, trees_.back().Resolve(fetched.remote.path));
  if (source.kind == RemoteSource::Kind::kFile) {
    fetched.node.info.st_mtim = fetched.remote.made_at;
  }
  return fetched;
}

absl::StatusOr<CopySource> CopyStep::FindRepository(const std::string& word,
                                                    const RemoteSource& source) {
  ASSIGN_OR_RETURN(Fetched fetched, Fetch(source, nullptr));
  if (fetched.node.kind != MergedNode::Kind::kDirectory) {
    return absl::InvalidArgumentError(absl::StrCat(word, ": no directory ", source.subdirectory));
  }
  CopySource found;
  found.is_remote = true;
  found.path = fetched.remote.path;
  found.node = std::move(fetched.node);
  found.content =
      absl::StrCat(fetched.remote.commit, copy_.keep_git_directory.value_or(false) ? " git" : "",
                   ":", fetched.remote.path);
  return found;
}

// A file that is still what it was is fetched only when its layer is not cached.
absl::StatusOr<CopySource> CopyStep::FindFile(const RemoteSource& source) {
  std::optional<UrlNote> known;
  if (!job_.request.no_cache) {
    ASSIGN_OR_RETURN(known, job_.urls.Find(source.url, absl::Now()));
  }
  ASSIGN_OR_RETURN(Fetched fetched, Fetch(source, known.has_value() ? &*known : nullptr));
  const RemoteTree& remote = fetched.remote;
  CopySource found;
  found.is_remote = true;
  found.path = remote.path;
  found.known_as = remote.path;
  found.content = absl::StrCat(remote.digest, ":", remote.path);
  if (remote.is_unchanged) {
    unfetched_.push_back({sources_.size(), source, remote.digest});
    return found;
  }
  RETURN_IF_ERROR(job_.urls.Put(source.url, {remote.etag, remote.digest}, absl::Now()));
  found.node = std::move(fetched.node);
  return found;
}

absl::Status CopyStep::FetchTheRest() {
  for (const Unfetched& each : unfetched_) {
    ASSIGN_OR_RETURN(Fetched fetched, Fetch(each.source, nullptr));
    if (fetched.remote.digest != each.digest) {
      return absl::UnavailableError(
          absl::StrCat(each.source.url, " is not what its server has just said that it is"));
    }
    sources_[each.place].node = std::move(fetched.node);
  }
  return absl::OkStatus();
}

absl::StatusOr<CopySource> CopyStep::FindRemote(const std::string& word) {
  if (!copy_.is_add) {
    return absl::InvalidArgumentError("source can't be a URL for COPY");
  }
  ASSIGN_OR_RETURN(const RemoteSource source, ParseRemoteSource(word, job_.request.agents));
  return source.kind == RemoteSource::Kind::kFile ? FindFile(source) : FindRepository(word, source);
}

absl::Status CopyStep::FindSource(const std::string& word) {
  if (IsRemote(word)) {
    ASSIGN_OR_RETURN(CopySource source, FindRemote(word));
    return AddSource(std::move(source));
  }
  absl::StatusOr<std::vector<CopySource>> sources = FindSources(
      call_, view_.has_value() ? view_->tree() : job_.context.tree, {word}, filter_, copy_.parents);
  if (absl::IsNotFound(sources.status()) && view_.has_value()) {  // it is not the context
    return absl::NotFoundError(absl::StrCat(copy_.is_add ? "ADD" : "COPY", " failed: stat ", word,
                                            ": file does not exist in ", copy_.from));
  }
  if (!sources.ok()) {
    return absl::Status(
        sources.status().code(),
        absl::StrCat(copy_.is_add ? "ADD" : "COPY", " failed: ", sources.status().message()));
  }
  for (CopySource& source : *sources) {
    RETURN_IF_ERROR(AddSource(std::move(source)));
  }
  return absl::OkStatus();
}

absl::Status CopyStep::AddSource(CopySource source) {
  ASSIGN_OR_RETURN(std::string digest, DigestSources(call_, {&source, 1}, filter_));
  if (!source.is_remote) {
    found_.push_back(digest);
  }
  digests_.push_back(std::move(digest));
  sources_.push_back(std::move(source));
  return absl::OkStatus();
}

// Else what was copied is not what its digest says.
absl::Status CopyStep::CheckUnchanged() const {
  if (view_.has_value() || !job_.context.is_live) {
    return absl::OkStatus();
  }
  std::vector<std::string> now;
  for (const std::string& word : copy_.sources) {
    if (IsRemote(word)) {
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<CopySource> sources,
                     FindSources(call_, job_.context.tree, {word}, filter_, copy_.parents));
    for (const CopySource& source : sources) {
      ASSIGN_OR_RETURN(std::string digest, DigestSources(call_, {&source, 1}, filter_));
      now.push_back(std::move(digest));
    }
  }
  return now == found_ ? absl::OkStatus()
                       : absl::FailedPreconditionError(
                             "files of the context have changed while they were copied");
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

absl::Status CopyStep::FindWhatIsRead(const std::optional<std::string>& from,
                                      const std::string& below) {
  RETURN_IF_ERROR(CheckWords());
  ASSIGN_OR_RETURN(owner_, OwnerOn(job_, below, key_ + "o", copy_.chown));
  ASSIGN_OR_RETURN(filter_.excludes, IgnoreFile::FromPatterns(copy_.excludes));
  if (from.has_value()) {
    ASSIGN_OR_RETURN(ChainView view, ChainView::Open(job_, *from, key_ + "f"));
    view_.emplace(std::move(view));
  } else {
    filter_.ignore = job_.ignore;
  }
  for (const std::string& word : copy_.sources) {
    RETURN_IF_ERROR(FindSource(word));
    if (sources_.size() > kMaxCopySources) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kMaxCopySources, " sources are named"));
    }
  }
  if (sources_.empty() && copy_.files.empty()) {
    return absl::NotFoundError(
        absl::StrCat(copy_.is_add ? "ADD" : "COPY", " failed: no source files were specified"));
  }
  const bool many = sources_.size() + copy_.files.size() > 1;
  if (many && !NamesDirectory(copy_.destination)) {
    return absl::InvalidArgumentError(
        absl::StrCat("When using ", copy_.is_add ? "ADD" : "COPY",
                     " with more than one source file, the destination must be a directory and "
                     "end with a /"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> CopyStep::Reads() const {
  ASSIGN_OR_RETURN(const CopyTarget target, Target());
  std::vector<std::string> reads = {
      copy_.is_add ? "ADD" : "COPY",
      target.path,
      target.is_directory ? "directory" : "",
      absl::StrCat(owner_.uid, ":", owner_.gid),
      copy_.chmod,
      absl::StrCat(copy_.parents, copy_.link,
                   copy_.unpack.has_value() ? (*copy_.unpack ? " unpack" : " keep") : "")};
  reads.insert(reads.end(), digests_.begin(), digests_.end());
  for (const Heredoc& file : copy_.files) {
    reads.push_back(file.name);
    reads.push_back(file.content);
  }
  return reads;
}

absl::StatusOr<CopyTarget> CopyStep::Target() const {
  CopyTarget target;
  const std::string& to = copy_.destination;
  target.path = CleanPath(IsAbsolutePath(to) ? to : JoinPath(working_directory_, to));
  target.is_directory = NamesDirectory(to);
  target.keeps_parents = copy_.parents;
  target.made_at = MadeAt(job_);
  target.owner = owner_;
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
  RETURN_IF_ERROR(FetchTheRest());
  if (copy_.is_add) {
    ASSIGN_OR_RETURN(sources_, UnpackArchives());
  }
  ASSIGN_OR_RETURN(const CopyTarget target, Target());
  return MakeWrittenLayer(call_, job_, chain, key_, copy_.link ? Below::kUnseen : Below::kSeen,
                          [&](const MergedView& image, TarWriter& tar) -> absl::Status {
                            CopyWriter writer(call_, image, target, tar);
                            RETURN_IF_ERROR(writer.AddSources(sources_, filter_));
                            for (const Heredoc& file : copy_.files) {
                              RETURN_IF_ERROR(writer.AddText(file.name, file.content));
                            }
                            return CheckUnchanged();
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
  return MakeWrittenLayer(call, job, chain, key, Below::kSeen,
                          [&](const MergedView& image, TarWriter& tar) -> absl::Status {
                            CopyTarget target;
                            target.path = path;
                            ASSIGN_OR_RETURN(target.owner, OwnerIn(image, owner));
                            target.made_at = MadeAt(job);
                            return CopyWriter(call, image, std::move(target), tar).AddDirectory();
                          });
}

}  // namespace berth::imageservice
