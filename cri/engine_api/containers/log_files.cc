// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/read_at.h"

namespace berth::cri {
namespace {

constexpr size_t kPiece = 64 << 10;

std::string NameOf(const std::string& path, int64_t number) {
  return number == 0 ? path : absl::StrCat(path, ".", number);
}

absl::Status Move(const std::string& from, const std::string& to) {
  return ToStatus(sys::Rename(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str()), "rename ", from);
}

bool Exists(const std::string& path) {
  return sys::StatAt(AT_FDCWD, path.c_str(), 0).ok();
}

std::vector<sys::Fd> OpenAll(const std::string& path) {
  std::vector<sys::Fd> files;
  for (int64_t number = 0; number <= kMaxLogFiles; ++number) {
    sys::ErrnoOr<sys::Fd> file = sys::OpenAt(AT_FDCWD, NameOf(path, number).c_str(), O_RDONLY);
    if (!file.ok() && number > 0) {  // a container that has not started may have no newest one
      break;
    }
    if (file.ok()) {
      files.push_back(*std::move(file));
    }
  }
  std::reverse(files.begin(), files.end());
  return files;
}

// Files 1 to `last` - 1 get the next number, or 2 to `last` the one before.
void Shift(const std::string& path, int64_t last, bool back) {
  for (int64_t i = 1; i < last; ++i) {
    const int64_t from = back ? i + 1 : last - i;
    const std::string name = NameOf(path, from);
    if (Exists(name)) {
      LogIfError(Move(name, NameOf(path, back ? from - 1 : from + 1)), "number a log's files");
    }
  }
}

uint64_t SizeOf(const sys::Fd& file) {
  const sys::ErrnoOr<struct stat> info = sys::Stat(file.get());
  return info.ok() ? static_cast<uint64_t>(info->st_size) : 0;
}

uint64_t SizeOfAll(const std::vector<sys::Fd>& files) {
  return std::accumulate(files.begin(), files.end(), uint64_t{0},
                         [](uint64_t bytes, const sys::Fd& file) { return bytes + SizeOf(file); });
}

}  // namespace

std::vector<sys::Fd> LogFiles::Open(const std::string& path) {
  const auto turn = turns_.Acquire(Call(), path);
  return OpenAll(path);
}

std::vector<sys::Fd> LogFiles::OpenAfter(const std::string& path, int last) {
  const auto turn = turns_.Acquire(Call(), path);
  const sys::ErrnoOr<struct stat> known = sys::Stat(last);
  const sys::ErrnoOr<struct stat> newest = sys::StatAt(AT_FDCWD, path.c_str(), 0);
  const auto is_known = [&](const sys::ErrnoOr<struct stat>& other) {
    return known.ok() && other.ok() && known->st_ino == other->st_ino;
  };
  if (!newest.ok() || is_known(newest)) {
    return {};
  }
  std::vector<sys::Fd> files = OpenAll(path);
  const auto found = std::find_if(files.begin(), files.end(), [&](const sys::Fd& file) {
    return is_known(sys::Stat(file.get()));
  });
  if (found != files.end()) {
    files.erase(files.begin(), std::next(found));
  }
  return files;
}

absl::Status LogFiles::Rotate(const std::string& path, int64_t max_files,
                              absl::FunctionRef<absl::Status()> reopen) {
  const auto turn = turns_.Acquire(Call(), path);
  const int64_t last = std::max<int64_t>(max_files, 1);  // one too many, until it is reopened
  const bool has_newest = Exists(path);
  if (has_newest) {
    Shift(path, last, /*back=*/false);
    RETURN_IF_ERROR(Move(path, NameOf(path, 1)));
  }
  if (const absl::Status reopened = reopen(); !reopened.ok()) {
    if (has_newest && !absl::IsDeadlineExceeded(reopened)) {
      RETURN_IF_ERROR(Move(NameOf(path, 1), path));
      Shift(path, last, /*back=*/true);
    }
    return reopened;
  }
  return ToStatus(sys::RemoveFile(AT_FDCWD, NameOf(path, last).c_str()), "remove an old log of ",
                  path);
}

void LogTail::Open() {
  if (waiting_.empty()) {
    waiting_ = files_.Open(path_);
    left_ = extent_ == Extent::kPresent ? SizeOfAll(waiting_) : left_;
    std::reverse(waiting_.begin(), waiting_.end());
  }
}

std::vector<uint64_t> LogTail::Sizes() const {
  std::vector<uint64_t> sizes;
  uint64_t total = 0;
  for (const sys::Fd& file : waiting_) {
    total += sizes.emplace_back(SizeOf(file));
  }
  if (total > left_) {  // the newest has grown
    sizes[0] -= std::min(sizes[0], total - left_);
  }
  return sizes;
}

void LogTail::Skip(uint64_t bytes) {
  left_ -= bytes;
  while (waiting_.size() > 1 && bytes >= SizeOf(waiting_.back())) {
    bytes -= SizeOf(waiting_.back());
    waiting_.pop_back();
  }
  const uint64_t place = std::min(bytes, SizeOf(waiting_.back()));
  lseek(waiting_.back().get(), static_cast<off_t>(place), SEEK_SET);
}

absl::Status LogTail::SeekBackward(Find find) {
  Open();
  const std::vector<uint64_t> sizes = Sizes();
  const uint64_t total = std::accumulate(sizes.begin(), sizes.end(), uint64_t{0});
  std::optional<uint64_t> found;
  for (size_t i = 0; i < sizes.size() && !found.has_value(); ++i) {
    for (uint64_t end = sizes[i]; end > 0 && !found.has_value();) {
      bytes_.resize(std::min<uint64_t>(kPiece, end));
      end -= bytes_.size();
      const auto size = sys::ReadFullAt(waiting_[i].get(), bytes_, static_cast<off_t>(end));
      RETURN_IF_ERROR(ToStatus(size, "read the log ", path_));
      if (*size < bytes_.size()) {  // cut short meanwhile
        Skip(total);
        return absl::OkStatus();
      }
      ASSIGN_OR_RETURN(found, find(bytes_));
    }
  }
  if (!found.has_value()) {
    ASSIGN_OR_RETURN(found, find(""));
  }
  if (found.has_value() && !waiting_.empty()) {
    Skip(total - *found);
  }
  return absl::OkStatus();
}

absl::string_view LogTail::Next() {
  bytes_.resize(kPiece);
  if (!current_.is_open()) {
    Open();
    if (waiting_.empty()) {
      return "";
    }
    current_ = std::move(waiting_.back());
    waiting_.pop_back();
  }
  while (true) {
    const size_t most = std::min<uint64_t>(bytes_.size(), left_);
    const ssize_t count = most == 0 ? 0 : read(current_.get(), bytes_.data(), most);
    if (count > 0) {
      left_ -= static_cast<uint64_t>(count);
      return absl::string_view(bytes_).substr(0, static_cast<size_t>(count));
    }
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (!waiting_.empty()) {
      current_ = std::move(waiting_.back());
      waiting_.pop_back();
      continue;
    }
    if (extent_ == Extent::kPresent) {
      return "";
    }
    waiting_ = files_.OpenAfter(path_, current_.get());
    std::reverse(waiting_.begin(), waiting_.end());
    if (waiting_.empty()) {
      return "";
    }
    // The current one is read once more: it may have grown between its end and the rotation.
  }
}

}  // namespace berth::cri
