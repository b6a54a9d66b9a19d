// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/byte_queue.h"

#include <utility>

namespace berth::imageservice {

ByteQueue::ByteQueue(size_t buffer_size, size_t buffers) : buffer_size_(buffer_size) {
  for (size_t i = 0; i < buffers; ++i) {
    free_.emplace_back();
  }
}

bool ByteQueue::HasSpace() const {
  return !free_.empty() || !reader_status_.ok();
}

bool ByteQueue::HasBytes() const {
  return !full_.empty() || writing_closed_;
}

std::span<char> ByteQueue::Space() {
  if (writing_.empty()) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &ByteQueue::HasSpace));
    if (!free_.empty()) {
      writing_ = std::move(free_.front());
      free_.pop_front();
    }
    writing_.resize(buffer_size_);
    written_ = 0;
  }
  return std::span<char>(writing_).subspan(written_);
}

absl::Status ByteQueue::Advance(size_t size) {
  written_ += size;
  if (written_ == buffer_size_) {
    HandOver();
  }
  absl::MutexLock lock(&mutex_);
  return reader_status_;
}

void ByteQueue::HandOver() {
  writing_.resize(written_);
  absl::MutexLock lock(&mutex_);
  full_.push_back(std::exchange(writing_, std::string()));
}

void ByteQueue::CloseWriting(absl::Status status) {
  if (status.ok() && !writing_.empty() && written_ > 0) {
    HandOver();
  }
  absl::MutexLock lock(&mutex_);
  writing_closed_ = true;
  writer_status_ = std::move(status);
}

absl::StatusOr<absl::string_view> ByteQueue::Next() {
  absl::MutexLock lock(&mutex_);
  if (!reading_.empty()) {
    free_.push_back(std::move(reading_));
    reading_.clear();
  }
  mutex_.Await(absl::Condition(this, &ByteQueue::HasBytes));
  if (!writer_status_.ok()) {
    return writer_status_;
  }
  if (full_.empty()) {
    return absl::string_view();
  }
  reading_ = std::move(full_.front());
  full_.pop_front();
  return absl::string_view(reading_);
}

void ByteQueue::CloseReading(absl::Status reason) {
  absl::MutexLock lock(&mutex_);
  reader_status_ = std::move(reason);
}

}  // namespace berth::imageservice
