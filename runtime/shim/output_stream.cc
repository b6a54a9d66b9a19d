// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/output_stream.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/sys/clock.h"

namespace berth::shim {
namespace {

constexpr size_t kReadSize = 64 * 1024;  // what a pipe holds

// What was kept, followed by what is read. The process's only one.
char read_space[kMaxLogPayload + kReadSize];

}  // namespace

OutputStream::Chunk OutputStream::Read(LogFile& log) {
  memcpy(read_space, kept_.data(), kept_size_);
  ssize_t n = read(source_.get(), read_space + kept_size_, kReadSize);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    return {};
  }
  if (n <= 0) {  // EIO: every end of the terminal is closed
    return {.ended = true, .bytes = {}};
  }
  const Chunk chunk = {.ended = false, .bytes = {read_space + kept_size_, static_cast<size_t>(n)}};
  if (log.discards()) {
    return chunk;
  }
  std::string_view pending(read_space, kept_size_ + chunk.bytes.size());
  LogBatch batch(log, name_, sys::RealTime());
  while (true) {
    LogPiece piece = TakeLogPiece(pending, false);
    if (piece.consumed == 0) {
      break;
    }
    batch.Add(piece);
    pending.remove_prefix(piece.consumed);
  }
  batch.Flush();
  memcpy(kept_.data(), pending.data(), pending.size());
  kept_size_ = pending.size();
  return chunk;
}

void OutputStream::Finish(LogFile& log) {
  LogPiece piece = TakeLogPiece({kept_.data(), kept_size_}, true);
  if (piece.consumed > 0) {
    LogBatch batch(log, name_, sys::RealTime());
    batch.Add(piece);
    batch.Flush();
  }
  kept_size_ = 0;
  source_ = sys::Fd();
}

}  // namespace berth::shim
