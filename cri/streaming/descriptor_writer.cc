// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/descriptor_writer.h"

#include <utility>

namespace berth::cri {

void DescriptorWriter::Open(sys::Fd sink) {
  const auto self = shared_from_this();  // whoever is told of the end may let go of it
  const size_t before = pending();
  opened_ = true;
  if (sink.is_open()) {
    (void)Adopt(descriptor_, std::move(sink));
  }
  WriteMore();
  TellTaken(before);
}

void DescriptorWriter::Push(absl::string_view bytes) {
  waiting_.append(bytes.data(), bytes.size());
  WriteMore();
}

void DescriptorWriter::End(std::function<void()> then) {
  then_ = std::move(then);
  WriteMore();
}

void DescriptorWriter::Close() {
  on_taken_ = nullptr;
  then_ = nullptr;
  opened_ = true;
  Drop();
}

void DescriptorWriter::Drop() {
  waiting_ = {};
  ErrorCode ignored;
  descriptor_.close(ignored);
}

void DescriptorWriter::WriteMore() {
  if (!opened_ || busy_) {
    return;
  }
  if (!descriptor_.is_open()) {
    waiting_ = {};
  }
  if (writing_.empty()) {
    writing_ = std::exchange(waiting_, {});
  }
  if (writing_.empty()) {
    if (then_ != nullptr) {
      Drop();
      std::exchange(then_, nullptr)();
    }
    return;
  }
  busy_ = true;
  const auto rest = asio::buffer(writing_) + written_;
  descriptor_.async_write_some(rest,
                               [self = shared_from_this()](const ErrorCode& error, size_t size) {
                                 self->OnWritten(error, size);
                               });
}

void DescriptorWriter::OnWritten(const ErrorCode& error, size_t size) {
  const size_t before = pending();
  busy_ = false;
  written_ += size;
  if (error || written_ == writing_.size()) {
    writing_ = {};
    written_ = 0;
  }
  if (error) {
    Drop();
  }
  WriteMore();
  TellTaken(before);
}

void DescriptorWriter::TellTaken(size_t before) {
  if (pending() < before && on_taken_ != nullptr) {
    on_taken_();
  }
}

}  // namespace berth::cri
