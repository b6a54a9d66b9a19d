// SPDX-License-Identifier: Apache-2.0
#include "runtime/process_session.h"

#include <errno.h>

#include <span>
#include <utility>

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/socket.h"
#include "base/sys/terminal.h"
#include "runtime/plan/shim_protocol.h"

namespace berth::runtime {

std::optional<absl::StatusOr<int32_t>> ProcessSession::Exit() {
  while (!exit_.has_value()) {
    ShimReply reply;
    sys::Fd end;
    const sys::ErrnoOr<sys::PacketSize> size = sys::ReceivePacket(
        ends_.shim.get(), std::span(reinterpret_cast<char*>(&reply), sizeof(reply)),
        std::span(&end, 1), sys::kDontWait);
    if (!size.ok() && size.error().code == EAGAIN) {
      return std::nullopt;
    }
    if (!size.ok() || size->bytes != sizeof(reply)) {
      exit_ = absl::UnavailableError("the shim has closed the connection");
    } else if (reply.type == ReplyType::kExited) {
      exit_ = reply.exit_code;
    } else if (reply.type == ReplyType::kFailed) {
      exit_ = absl::UnavailableError("the container was not started");
    } else if (reply.type == ReplyType::kStarted) {
      if (absl::Status taken = TakeStart(std::move(end)); !taken.ok()) {
        exit_ = taken;
      }
    }
  }
  return exit_;
}

absl::Status ProcessSession::TakeStart(sys::Fd end) {
  awaits_start_ = false;
  if (awaited_terminal_) {
    ends_.terminal = std::move(end);
    ASSIGN_OR_RETURN(end, ToStatusOr(sys::Duplicate(ends_.terminal.get()), "share the terminal"));
  }
  if (awaited_input_) {
    ends_.input = std::move(end);
  }
  return absl::OkStatus();
}

absl::Status ProcessSession::CloseInput() {
  if (kind_ == Kind::kExec) {
    return absl::OkStatus();
  }
  ShimRequest request;
  request.type = RequestType::kCloseInput;
  return ToStatus(sys::SendPacket(ends_.shim.get(), &request, sizeof(request), {}, sys::kDontWait),
                  "close the container's input");
}

absl::Status ProcessSession::Resize(uint16_t rows, uint16_t columns) {
  if (!ends_.terminal.is_open()) {
    return absl::FailedPreconditionError("the process has no terminal");
  }
  return ToStatus(sys::SetWindowSize(ends_.terminal.get(), rows, columns), "resize the terminal");
}

}  // namespace berth::runtime
