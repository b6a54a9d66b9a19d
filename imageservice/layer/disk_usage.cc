// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/disk_usage.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"

#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/fd.h"
#include "base/sys/inode.h"

namespace berth::imageservice {
namespace {

constexpr uint64_t kStatBlock = 512;
constexpr size_t kMaxMeasuredDepth = 512;  // deeper trees are counted down to here

class TreeMeter {
 public:
  explicit TreeMeter(const Call& call) : call_(call) {}

  absl::Status Enter(int parent, const char* name) {
    RETURN_IF_ERROR(call_.Check());
    sys::ErrnoOr<sys::DirectoryReader> reader = sys::DirectoryReader::Open(parent, name);
    if (!reader.ok()) {
      // Removed or replaced since its name was read.
      return reader.error().code == ENOENT || reader.error().code == ENOTDIR
                 ? absl::OkStatus()
                 : ToStatus(reader, "measure ", name);
    }
    open_.push_back(*std::move(reader));
    return absl::OkStatus();
  }

  absl::StatusOr<DiskUsage> Run() {
    while (!open_.empty()) {
      ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(open_.back().Next(), "measure"));
      if (entry == nullptr) {
        open_.pop_back();
        continue;
      }
      sys::ErrnoOr<struct stat> info =
          sys::StatAt(open_.back().fd(), entry->d_name, AT_SYMLINK_NOFOLLOW);
      if (!info.ok()) {
        continue;
      }
      Count(*info);
      if (S_ISDIR(info->st_mode) && open_.size() < kMaxMeasuredDepth) {
        RETURN_IF_ERROR(Enter(open_.back().fd(), entry->d_name));
      }
    }
    return usage_;
  }

  void Count(const struct stat& info) {
    if (info.st_nlink > 1 && !S_ISDIR(info.st_mode) &&
        !seen_.emplace(info.st_dev, info.st_ino).second) {
      return;
    }
    usage_.bytes += static_cast<uint64_t>(info.st_blocks) * kStatBlock;
    ++usage_.inodes;
  }

 private:
  const Call& call_;
  std::vector<sys::DirectoryReader> open_;
  absl::flat_hash_set<std::pair<dev_t, ino_t>> seen_;
  DiskUsage usage_;
};

}  // namespace

absl::StatusOr<DiskUsage> MeasureTree(const Call& call, int directory) {
  TreeMeter meter(call);
  ASSIGN_OR_RETURN(struct stat info, ToStatusOr(sys::Stat(directory), "measure"));
  meter.Count(info);
  RETURN_IF_ERROR(meter.Enter(directory, "."));
  return meter.Run();
}

}  // namespace berth::imageservice
