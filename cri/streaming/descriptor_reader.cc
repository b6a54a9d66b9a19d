// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/descriptor_reader.h"

#include <utility>

namespace berth::cri {

void DescriptorReader::Open(sys::Fd source, OnData on_data, OnEnd on_end) {
  on_data_ = std::move(on_data);
  on_end_ = std::move(on_end);
  (void)Adopt(descriptor_, std::move(source));  // else the first read finds that it is not open
}

void DescriptorReader::ReadMore() {
  if (reading_ || on_end_ == nullptr) {
    return;
  }
  reading_ = true;
  descriptor_.async_read_some(asio::buffer(space_),
                              [self = shared_from_this()](const ErrorCode& error, size_t size) {
                                self->OnRead(error, size);
                              });
}

void DescriptorReader::OnRead(const ErrorCode& error, size_t size) {
  reading_ = false;
  if (on_end_ == nullptr) {
    return;
  }
  if (error) {
    const OnEnd on_end = std::move(on_end_);
    Close();
    on_end(error);
    return;
  }
  on_data_({space_.data(), size});
}

void DescriptorReader::Close() {
  on_end_ = nullptr;
  ErrorCode ignored;
  descriptor_.close(ignored);
}

}  // namespace berth::cri
