// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/descriptor_writer.h"

#include <utility>

#include "boost/asio/write.hpp"

namespace berth::cri {

void DescriptorWriter::Open(sys::Fd sink) {
  opened_ = true;
  if (sink.is_open()) {
    ErrorCode ignored;
    descriptor_.assign(sink.Release(), ignored);
  }
  const auto self = shared_from_this();  // whoever is told of the end may let go of it
  const bool was_full = full();
  WriteMore();
  TellOfRoom(was_full);
}

void DescriptorWriter::Push(absl::string_view bytes) {
  pending_.append(bytes.data(), bytes.size());
  WriteMore();
}

void DescriptorWriter::End(std::function<void()> then) {
  then_ = std::move(then);
  WriteMore();
}

void DescriptorWriter::Close() {
  on_room_ = nullptr;
  then_ = nullptr;
  opened_ = true;
  Drop();
}

void DescriptorWriter::Drop() {
  pending_.clear();
  ErrorCode ignored;
  descriptor_.close(ignored);
}

void DescriptorWriter::WriteMore() {
  if (!opened_ || !writing_.empty()) {
    return;
  }
  if (!descriptor_.is_open()) {
    pending_.clear();
  }
  if (pending_.empty()) {
    if (then_ != nullptr) {
      Drop();
      std::exchange(then_, nullptr)();
    }
    return;
  }
  writing_.swap(pending_);
  asio::async_write(descriptor_, asio::buffer(writing_),
                    [self = shared_from_this()](const ErrorCode& error, size_t size) {
                      self->OnWritten(error, size);
                    });
}

void DescriptorWriter::OnWritten(const ErrorCode& error, size_t) {
  const bool was_full = full();
  writing_.clear();
  if (error) {
    Drop();
  }
  WriteMore();
  TellOfRoom(was_full);
}

void DescriptorWriter::TellOfRoom(bool was_full) {
  if (was_full && !full() && on_room_ != nullptr) {
    on_room_();
  }
}

}  // namespace berth::cri
