// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "imageservice/layer/layer_extractor.h"
#include "imageservice/layer/merged_view.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {

// Layers unpacked one on top of the other as the installer does it, and a real overlay mount of
// them.
class LayerStack {
 public:
  // How the topmost layer got here.
  enum class Way { kAlone, kSettled, kWithParents };

  absl::Status Add(const std::string& tar) {
    std::vector<std::string> below = directories_;
    ASSIGN_OR_RETURN(MergedView parents, MergedView::Open(below));
    way_ = Way::kAlone;
    absl::StatusOr<bool> done = Try(tar, directories_.empty() ? &parents : nullptr, parents);
    if (done.ok() && !*done) {
      way_ = Way::kWithParents;
      done = Try(tar, &parents, parents);
    }
    if (done.ok() && !*done) {
      return absl::InternalError("still not settled");
    }
    return done.status();
  }

  Way way() const { return way_; }
  DiskUsage usage() const { return usage_; }
  const std::vector<std::string>& directories() const { return directories_; }  // topmost first
  const test::TempDir& space() const { return space_; }

  // The tree that a container would see, one line a file: "path kind mode uid:gid what".
  std::string Listing() { return Merge(directories_, space_); }

  // The same of any layers, topmost first; `space` takes the mount.
  static std::string Merge(const std::vector<std::string>& layers, const test::TempDir& space) {
    std::string merged = space.Join("merged");
    std::filesystem::create_directory(merged);
    std::string empty = space.Join("empty");
    std::filesystem::create_directory(empty);
    std::string options = absl::StrCat("lowerdir=", absl::StrJoin(layers, ":"), ":", empty);
    if (mount("overlay", merged.c_str(), "overlay", MS_RDONLY, options.c_str()) != 0) {
      return absl::StrCat("overlay: ", strerror(errno));
    }
    std::string listing = ListTree(merged);
    umount2(merged.c_str(), MNT_DETACH);
    return listing;
  }

  // The same of a plain directory. The root itself comes as ".".
  static std::string ListTree(const std::string& root) {
    std::vector<std::string> lines = {Describe(root, ".")};
    for (auto entry = std::filesystem::recursive_directory_iterator(root);
         entry != std::filesystem::recursive_directory_iterator(); ++entry) {
      lines.push_back(Describe(entry->path(), entry->path().string().substr(root.size() + 1)));
    }
    std::sort(lines.begin(), lines.end());
    return absl::StrJoin(lines, "\n");
  }

 private:
  absl::StatusOr<bool> Try(const std::string& tar, const MergedView* known,
                           const MergedView& parents) {
    std::string directory = space_.Join(absl::StrCat("layer", count_++));
    std::filesystem::create_directory(directory);
    ASSIGN_OR_RETURN(
        sys::Fd fd,
        ToStatusOr(sys::OpenAt(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY), "layer"));
    ASSIGN_OR_RETURN(LayerExtractor extractor, LayerExtractor::New(std::move(fd), known));
    size_t at = 0;
    absl::Status extracted = extractor.Extract([&]() -> absl::StatusOr<absl::string_view> {
      absl::string_view piece = absl::string_view(tar).substr(at, 4000);
      at += piece.size();
      return piece;
    });
    if (absl::IsAborted(extracted)) {
      return false;
    }
    RETURN_IF_ERROR(extracted);
    ASSIGN_OR_RETURN(bool settled, extractor.Settle(parents));
    if (settled) {
      usage_ = extractor.usage();
      directories_.insert(directories_.begin(), directory);
    }
    return settled;
  }

  static std::string Describe(const std::string& path, const std::string& name) {
    struct stat info = {};
    if (lstat(path.c_str(), &info) != 0) {
      return name + " ?";
    }
    std::string kind;
    std::string what;
    switch (info.st_mode & S_IFMT) {
      case S_IFDIR:
        kind = "dir";
        break;
      case S_IFREG: {
        kind = "file";
        std::ifstream file(path, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        what = text.str().size() > 40 ? absl::StrCat(text.str().size(), " bytes") : text.str();
        break;
      }
      case S_IFLNK:
        kind = "link";
        what = std::filesystem::read_symlink(path).string();
        break;
      case S_IFIFO:
        kind = "fifo";
        break;
      default:
        kind = S_ISCHR(info.st_mode) ? "char" : "block";
        what = absl::StrCat(major(info.st_rdev), ":", minor(info.st_rdev));
    }
    char mode[8];
    snprintf(mode, sizeof(mode), "%04o", info.st_mode & 07777U);
    std::string line = absl::StrCat(name, " ", kind);
    if (kind != "link") {
      absl::StrAppend(&line, " ", mode);
    }
    absl::StrAppend(&line, " ", info.st_uid, ":", info.st_gid);
    return what.empty() ? line : absl::StrCat(line, " ", what);
  }

  test::TempDir space_;
  int count_ = 0;
  std::vector<std::string> directories_;
  Way way_ = Way::kAlone;
  DiskUsage usage_;
};

}  // namespace berth::imageservice
