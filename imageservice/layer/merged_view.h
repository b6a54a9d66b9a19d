// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/sys/fd.h"

namespace berth::imageservice {

inline constexpr char kOpaqueXattr[] = "trusted.overlay.opaque";
inline constexpr int kMaxSymlinks = 40;  // followed in one look-up, as Linux does
// Of all layers, from the root to where a look-up is: each is a descriptor of ours.
inline constexpr size_t kMaxHeldDirectories = 4096;

// True for what overlayfs takes for the absence of a file: a character device 0:0.
bool IsWhiteout(const struct stat& info);

// True for a directory that hides what the layers below have under its name.
bool IsOpaqueDirectory(int directory);

// One file of a merged tree.
struct MergedNode {
  enum class Kind { kAbsent, kDirectory, kRegular, kSymlink, kOther };

  Kind kind = Kind::kAbsent;
  struct stat info = {};             // of the topmost
  std::vector<sys::Fd> directories;  // of a directory: those that merge, topmost first
  sys::Fd file;                      // of a regular file, for reading
  std::string target;                // of a symlink
};

// The names in a directory of a merged tree, sorted; some may be of what is absent.
absl::StatusOr<std::vector<std::string>> ChildNames(const MergedNode& directory);
// What has the name in it, no symlink followed.
absl::StatusOr<MergedNode> FindChild(const MergedNode& directory, const std::string& name);

// The tree that overlayfs shows of a stack of layer directories, read without a mount: whiteouts
// hide what lies below, opaque directories their namesakes. The layers must not change meanwhile.
// Thread-safe. Errors are the kernel's.
class MergedView {
 public:
  MergedView() = default;  // of no layers: the root is all there is

  // The directories of the layers, topmost first.
  static absl::StatusOr<MergedView> Open(const std::vector<std::string>& layers);

  // Of one layer, which may change meanwhile: what is no longer what it was is FailedPrecondition.
  static MergedView OfDirectory(sys::Fd directory);

  // From now on what `hides` says of is absent to Resolve, be it on the way or where a symlink
  // leads; it is told a clean path, relative to the root.
  using Hides = std::function<bool(absl::string_view path, bool is_directory)>;
  void Hide(Hides hides) { hides_ = std::move(hides); }

  // From now on the root is root's and 0755, whatever its directory is.
  void DisownRoot() { disowns_root_ = true; }

  // What `path` names without following any symlink; absent when a symlink or a file is on the way.
  absl::StatusOr<MergedNode> Find(absl::string_view path) const;

  // What `path` means to a process whose root is this tree: symlinks followed, never out of it.
  // InvalidArgument for a loop of symlinks and beyond kMaxHeldDirectories.
  absl::StatusOr<MergedNode> Resolve(absl::string_view path) const;

  bool empty() const { return layers_.empty(); }

 private:
  class Walked;

  absl::StatusOr<MergedNode> Root() const;
  absl::StatusOr<MergedNode> Step(const Walked& walked, const std::string& name) const;

  std::vector<sys::Fd> layers_;
  Hides hides_;
  bool disowns_root_ = false;
};

// A file of the tree, by what its path means inside (Resolve). NotFound when it is not there,
// InvalidArgument when it is no regular file or larger than `max_bytes`.
absl::StatusOr<std::string> ReadTreeFile(const MergedView& tree, absl::string_view path,
                                         size_t max_bytes);

}  // namespace berth::imageservice
