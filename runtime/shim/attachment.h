// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "base/sys/pages.h"
#include "runtime/plan/shim_protocol.h"
#include "runtime/shim/attached_pipe.h"
#include "runtime/shim/log_record.h"

namespace berth::shim {

// Large and mostly untouched; one a slot, kept apart for that.
struct alignas(sys::kPageSize) AttachmentSpace {
  char output[kAttachSpace];
  char error[kAttachSpace];
};

// A client that gets what a container says, from the request until it leaves or has got all.
class Attachment {
 public:
  Attachment(AttachmentSpace& space, size_t connection, size_t container, bool closes_input)
      : space_(space),
        connection_(connection),
        container_(container),
        closes_input_(closes_input),
        output_(space.output),
        error_(space.error) {}

  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  ~Attachment() { sys::ReleasePages(&space_, sizeof(space_)); }

  // Of a container that is not known yet: until Bind it waits for one of that id.
  void Await(std::string_view container_id) {
    container_id.copy(awaited_, sizeof(awaited_) - 1);
    tells_start_ = true;
  }
  bool Awaits(std::string_view container_id) const {
    return awaited_[0] != '\0' && container_id == awaited_;
  }
  void Bind(size_t container) {
    container_ = container;
    awaited_[0] = '\0';
  }
  // True once, for who is to be told that the container executes.
  bool TakeStart() { return std::exchange(tells_start_, false); }
  // Bound to the container, whose start nobody has been told of.
  bool IsStartedBy(size_t container) const {
    return tells_start_ && awaited_[0] == '\0' && container_ == container;
  }

  // The container has exited, and its number may mean another from now on.
  void End(size_t no_container, int exit_code) {
    container_ = no_container;
    exit_code_ = exit_code;
    ended_ = true;
    output_.End();
    error_.End();
  }
  // It can be told of the exit.
  bool finished() const { return ended_ && !output_.is_open() && !error_.is_open(); }

  AttachedPipe& pipe(LogStream name) { return name == LogStream::kStdout ? output_ : error_; }
  size_t connection() const { return connection_; }
  size_t container() const { return container_; }
  bool closes_input() const { return closes_input_; }
  int exit_code() const { return exit_code_; }

 private:
  AttachmentSpace& space_;
  size_t connection_;
  size_t container_;
  bool closes_input_;
  bool ended_ = false;
  char awaited_[sizeof(runtime::ShimRequest::container_id)] = {};
  bool tells_start_ = false;
  int exit_code_ = 0;
  AttachedPipe output_;
  AttachedPipe error_;
};

}  // namespace berth::shim
