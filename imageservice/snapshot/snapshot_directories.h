// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/sys/fd.h"

namespace berth::imageservice {

// The directories of the overlay snapshotter, by number: <root>/snapshots/<n>/fs is a layer's tree
// or a container's upper directory, <n>/work the latter's work directory; numbers keep mount
// options short. Number 0 is the empty tree. <root>/trash/<n> was removed and is to be deleted.
// Thread-safe.
class SnapshotDirectories {
 public:
  static absl::StatusOr<std::unique_ptr<SnapshotDirectories>> Open(const std::string& root);
  // Whether an earlier one has left any below `root`, but the empty tree. Of what has no number
  // nothing is known here: it is left alone.
  static absl::StatusOr<bool> HasAny(const std::string& root);

  // Moves every directory with a number that is not among `known` to the trash; one that cannot be
  // moved is told to the log and left alone, as is what has no number: another daemon's root may be
  // there. Before the first Make.
  absl::Status DiscardOthers(const absl::flat_hash_set<int64_t>& known);

  // Makes a directory with an empty tree in it and, for a container, an empty work directory.
  absl::StatusOr<int64_t> Make(bool with_work);

  std::string Tree(int64_t number) const;  // its path
  std::string Work(int64_t number) const;
  absl::StatusOr<sys::Fd> OpenTree(int64_t number) const;
  bool HasTree(int64_t number) const;

  absl::Status Discard(int64_t number);      // to the trash; absence is success
  absl::Status DiscardWork(int64_t number);  // deletes the work directory; absence is success
  absl::Status EmptyTrash();                 // of all it can; the first error of what stays
  absl::Status Sync();                       // everything on the filesystem

 private:
  explicit SnapshotDirectories(std::string root) : root_(std::move(root)) {}
  absl::Status OpenAll();

  const std::string root_;
  sys::Fd snapshots_;
  sys::Fd trash_;
  std::atomic<int64_t> next_number_ = 1;  // each is used once, so it is free in the trash too
  absl::Mutex emptying_;
};

}  // namespace berth::imageservice
