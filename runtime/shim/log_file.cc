// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "runtime/plan/log_place.h"
#include "runtime/shim/path_buffer.h"

namespace berth::shim {
namespace {

constexpr mode_t kLogMode = 0640;
constexpr size_t kBatchSize = 64 * 1024;
static_assert(kBatchSize >= kLogHeadSize + kMaxLogPayload + 1);

char batch_space[kBatchSize];

}  // namespace

sys::Result LogFile::Open(std::string_view path) {
  if (path.empty()) {
    return sys::Done{};
  }
  const size_t end = path.find(runtime::kBeneathLogDirectory);
  if (end == std::string_view::npos) {
    return sys::Errno{EINVAL, "log path"};
  }
  PathBuffer directory(path.substr(0, end));
  directory.Append("/");  // the root's is empty
  const PathBuffer file(path.substr(end + strlen(runtime::kBeneathLogDirectory)));
  if (directory.full() || file.full()) {
    return sys::Errno{ENAMETOOLONG, "log path"};
  }
  // O_NONBLOCK: a fifo that lies there must not stop us.
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
  SYS_ASSIGN_OR_RETURN(sys::Fd place,
                       sys::OpenAt(AT_FDCWD, directory.c_str(), O_PATH | O_DIRECTORY));
  SYS_ASSIGN_OR_RETURN(sys::Fd opened,
                       sys::OpenBeneath(place.get(), file.c_str(), kFlags, kLogMode));
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(opened.get()));
  if (!S_ISREG(info.st_mode)) {
    return sys::Errno{EINVAL, "open log"};
  }
  file_ = std::move(opened);
  return sys::Done{};
}

void LogFile::Append(std::string_view records) {
  if (discards()) {
    return;
  }
  size_t done = 0;
  while (done < records.size()) {
    ssize_t n = write(file_.get(), records.data() + done, records.size() - done);
    if (n >= 0) {
      done += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      CutToWholeRecords(records.substr(0, done));
      return;
    }
  }
}

// `written` was all that fitted: its last record may be incomplete, and would run into the next
// one.
void LogFile::CutToWholeRecords(std::string_view written) {
  size_t newline = written.rfind('\n');
  size_t excess = newline == std::string_view::npos ? written.size() : written.size() - newline - 1;
  sys::ErrnoOr<struct stat> info = sys::Stat(file_.get());
  if (excess > 0 && info.ok() &&
      ftruncate(file_.get(), info->st_size - static_cast<off_t>(excess)) != 0) {
    return;  // the cut record stays; readers skip what they cannot parse
  }
}

LogBatch::LogBatch(LogFile& log, LogStream stream, int64_t time) : log_(log) {
  FormatLogHead(head_, time, stream, false);
}

void LogBatch::Add(const LogPiece& piece) {
  size_t needed = sizeof(head_) + piece.payload.size() + 1;
  if (size_ + needed > sizeof(batch_space)) {
    Flush();
  }
  char* out = batch_space + size_;
  memcpy(out, head_, sizeof(head_));
  out[sizeof(head_) - 2] = piece.partial ? 'P' : 'F';
  memcpy(out + sizeof(head_), piece.payload.data(), piece.payload.size());
  out[needed - 1] = '\n';
  size_ += needed;
}

void LogBatch::Flush() {
  log_.Append({batch_space, size_});
  size_ = 0;
}

}  // namespace berth::shim
