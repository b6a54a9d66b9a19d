// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/build/build_job.h"
#include "imageservice/build/copy_sources.h"
#include "imageservice/build/copy_writer.h"
#include "imageservice/build/instruction.h"
#include "imageservice/build/layer_step.h"
#include "imageservice/build/owner_names.h"
#include "imageservice/build/remote_fetch.h"

namespace berth::imageservice {

// Each holds descriptors.
inline constexpr size_t kMaxOwnTrees = 256;  // unpacked and fetched by one ADD

// One COPY or ADD, its words expanded. For one thread.
class CopyStep {
 public:
  // `key` is of the roots that it needs meanwhile.
  CopyStep(const Call& call, const BuildJob& job, const CopyInstruction& copy,
           std::string working_directory, std::string key)
      : call_(call),
        job_(job),
        copy_(copy),
        working_directory_(std::move(working_directory)),
        key_(std::move(key)) {}

  // `from` is the chain of --from, none for the context; `below` that on which the names of --chown
  // mean somebody. What is elsewhere is fetched. NotFound, InvalidArgument: of its sources; also as
  // FetchRemote.
  absl::Status FindWhatIsRead(const std::optional<std::string>& from, const std::string& below);

  // What the outcome depends on: all of it with --link, else the chain below besides.
  absl::StatusOr<std::vector<std::string>> Reads() const;

  // The layer, on top of `chain`.
  absl::StatusOr<AuthoredLayer> Make(const std::string& chain);

 private:
  absl::Status CheckWords() const;
  absl::Status FindSource(const std::string& word);
  struct Fetched {
    RemoteTree remote;
    MergedNode node;
  };
  struct Unfetched {
    size_t place;  // among the sources
    RemoteSource source;
    std::string digest;
  };

  // Without a node where it is unchanged.
  absl::StatusOr<Fetched> Fetch(const RemoteSource& source, const UrlNote* known);
  absl::StatusOr<CopySource> FindRepository(const std::string& word, const RemoteSource& source);
  absl::StatusOr<CopySource> FindFile(const RemoteSource& source);
  absl::StatusOr<CopySource> FindRemote(const std::string& word);
  absl::Status FetchTheRest();
  absl::Status AddSource(CopySource source);
  absl::Status CheckUnchanged() const;
  absl::StatusOr<CopyTarget> Target() const;
  absl::StatusOr<std::vector<CopySource>> UnpackArchives();
  absl::StatusOr<std::optional<CopySource>> UnpackOne(const CopySource& source, size_t place);

  const Call& call_;
  const BuildJob& job_;
  const CopyInstruction& copy_;
  const std::string working_directory_;
  const std::string key_;
  std::optional<ChainView> view_;  // of --from
  Owner owner_;
  CopyFilter filter_;
  std::vector<CopySource> sources_;
  std::vector<Unfetched> unfetched_;
  std::vector<std::string> digests_;  // of each
  std::vector<std::string> found_;    // those of what is not elsewhere
  std::deque<MergedView> trees_;      // of what was unpacked and fetched
  size_t fetches_ = 0;
};

// WORKDIR: whether it is there, and the layer that makes it, `owner`'s (as of --chown; empty:
// root's).
absl::StatusOr<bool> DirectoryExists(const BuildJob& job, const std::string& chain,
                                     const std::string& key, const std::string& path);
absl::StatusOr<AuthoredLayer> MakeDirectoryLayer(const Call& call, const BuildJob& job,
                                                 const std::string& chain, const std::string& key,
                                                 const std::string& path, const std::string& owner);

}  // namespace berth::imageservice
