// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/layer/byte_sink.h"

namespace berth::imageservice {

// A bounded stream of bytes from one thread to another, in whole buffers that are used again.
// Either end can close it with the reason, which the other end then sees.
class ByteQueue : public ByteSink {
 public:
  ByteQueue(size_t buffer_size, size_t buffers);

  // The writing thread.
  std::span<char> Space() override;
  absl::Status Advance(size_t size) override;
  // Hands over what is left and ends the stream; an error reaches the reader in place of the end.
  void CloseWriting(absl::Status status);

  // The reading thread. The next bytes, valid until the next call; empty at the end.
  absl::StatusOr<absl::string_view> Next();
  // The reader wants no more; the writer's next Advance returns `reason`, which is no OK.
  void CloseReading(absl::Status reason);

 private:
  void HandOver();
  bool HasSpace() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasBytes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t buffer_size_;
  std::string writing_;  // the writer's own until it is handed over
  size_t written_ = 0;
  std::string reading_;  // the reader's own until its next call

  absl::Mutex mutex_;
  std::deque<std::string> full_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> free_ ABSL_GUARDED_BY(mutex_);
  bool writing_closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status writer_status_ ABSL_GUARDED_BY(mutex_);
  absl::Status reader_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
