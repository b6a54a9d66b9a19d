// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/stream_pump.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/deadline.h"
#include "base/detach_keys.h"
#include "base/log.h"
#include "base/status.h"
#include "base/sys/unread.h"

namespace berth::cri {
namespace {

constexpr size_t kPiece = 32 << 10;
constexpr absl::Duration kLingering = absl::Seconds(2);

class Pump {
 public:
  Pump(runtime::ProcessSession& session, PumpClient client)
      : session_(session),
        client_(std::move(client)),
        watch_(client_.detach_keys),
        output_(session.TakeOutput()),
        error_(session.TakeError()),
        to_process_(watch_.Pass(client_.early)) {}

  PumpEnd Run() {
    TakeExit();
    while (!Done()) {
      Round();
    }
    return {std::move(exit_), watch_.left(), std::move(output_), std::move(error_)};
  }

 private:
  enum Place { kClient, kInput, kOutput, kError, kExit, kPlaces };

  bool Done() const {
    const bool silent = !output_.is_open() && !error_.is_open() && to_client_.empty();
    return gone_ || watch_.left() || (silent && (exit_.has_value() || !client_.until_exit));
  }

  // Until when the client must have taken something of what there is for it.
  absl::Time TakenBy() const {
    return to_client_.empty() ? absl::InfiniteFuture() : last_taken_ + client_.patience;
  }

  // How long nothing may happen: as long as the client may read nothing, and if all that is awaited
  // is output after the exit, not for ever.
  int Patience() const {
    const bool lingers = exit_.has_value() && to_client_.empty();
    return PollTimeout(lingers ? SteadyNow() + kLingering : TakenBy());
  }

  void Round() {
    std::array<pollfd, kPlaces> places;
    places.fill({-1, 0, 0});
    const bool takes_more = to_client_.size() < kMaxPumped;
    if (!gone_) {
      const bool reads = !input_ended_ && to_process_.size() < kMaxPumped;
      places[kClient] = {
          client_.socket,
          static_cast<int16_t>((reads ? POLLIN : 0) | (to_client_.empty() ? 0 : POLLOUT)), 0};
    }
    if (input_.is_open() && !to_process_.empty()) {
      places[kInput] = {input_.get(), POLLOUT, 0};
    }
    if (output_.is_open() && takes_more) {
      places[kOutput] = {output_.get(), POLLIN, 0};
    }
    if (error_.is_open() && takes_more) {
      places[kError] = {error_.get(), POLLIN, 0};
    }
    if (!exit_.has_value()) {
      places[kExit] = {session_.event_fd(), POLLIN, 0};
    }
    const int count = poll(places.data(), places.size(), Patience());
    if (count > 0) {
      React(places);
    } else if (count == 0 && to_client_.empty()) {
      output_ = sys::Fd();
      error_ = sys::Fd();
    }
    if (TakenBy() <= SteadyNow()) {
      LogWarning("a client that does not read is left",
                 {{"bytes", absl::StrCat(to_client_.size())}});
      Leave();
    }
  }

  void React(const std::array<pollfd, kPlaces>& places) {
    if (places[kExit].revents != 0) {
      TakeExit();
    }
    if (places[kOutput].revents != 0) {
      ReadProcess(output_, OutputStream::kOut);
    }
    if (places[kError].revents != 0) {
      ReadProcess(error_, OutputStream::kError);
    }
    if ((places[kClient].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      ReadClient((places[kClient].revents & (POLLHUP | POLLERR)) != 0);
    }
    WriteProcess();
    WriteClient();
  }

  // The input comes with the start of a container that was attached to ahead of it.
  void TakeExit() {
    exit_ = session_.Exit();
    if (sys::Fd input = session_.TakeInput(); input.is_open()) {
      input_ = std::move(input);
    }
  }

  void ReadProcess(sys::Fd& from, OutputStream stream) {
    std::string piece(kPiece, '\0');
    const ssize_t count = read(from.get(), piece.data(), piece.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    }
    if (count <= 0) {  // EIO of a terminal
      from = sys::Fd();
      return;
    }
    const size_t size = static_cast<size_t>(count);
    if (to_client_.empty()) {
      last_taken_ = SteadyNow();
    }
    to_client_ += client_.framed ? FrameHead(stream, size) : "";
    to_client_.append(piece, 0, size);
  }

  void ReadClient(bool hung_up) {
    std::string piece(kPiece, '\0');
    const ssize_t count = recv(client_.socket, piece.data(), piece.size(), MSG_DONTWAIT);
    if (count > 0) {
      if (client_.input) {
        to_process_ += watch_.Pass(absl::string_view(piece).substr(0, static_cast<size_t>(count)));
      }
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      input_ended_ = true;
      if (hung_up || count < 0) {
        Leave();
      }
    }
  }

  void WriteProcess() {
    if (input_.is_open() && !to_process_.empty()) {
      const ssize_t count = write(input_.get(), to_process_.data(), to_process_.size());
      if (count > 0) {
        to_process_.erase(0, static_cast<size_t>(count));
      } else if (count < 0 && errno != EAGAIN && errno != EINTR) {
        to_process_.clear();
        input_ = sys::Fd();
        input_ended_ = true;
      }
    }
    if (input_.is_open() && input_ended_ && to_process_.empty() && client_.input) {
      LogIfError(session_.CloseInput(), "a client's end of input is not told");
      input_ = sys::Fd();
    }
  }

  void WriteClient() {
    if (!to_client_.empty() && !std::exchange(head_was_read_, true)) {
      AwaitHeadRead(client_.socket);
    }
    while (!gone_ && !to_client_.empty()) {
      const ssize_t count =
          send(client_.socket, to_client_.data(), to_client_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count > 0) {
        to_client_.erase(0, static_cast<size_t>(count));
        last_taken_ = SteadyNow();
      } else if (errno == EAGAIN) {
        return;
      } else if (errno != EINTR) {
        Leave();
      }
    }
  }

  void Leave() {
    gone_ = true;
    input_ended_ = true;
    to_client_.clear();
  }

  runtime::ProcessSession& session_;
  PumpClient client_;
  DetachWatch watch_;
  sys::Fd input_;
  sys::Fd output_;
  sys::Fd error_;
  std::string to_process_;
  std::string to_client_;
  absl::Time last_taken_;  // bytes by the client, or when there were none for it
  bool head_was_read_ = false;
  bool gone_ = false;
  bool input_ended_ = false;
  std::optional<absl::StatusOr<int32_t>> exit_;
};

}  // namespace

std::string FrameHead(OutputStream stream, size_t size) {
  std::string head(8, '\0');
  head[0] = static_cast<char>(stream);
  for (int i = 0; i < 4; ++i) {
    head[static_cast<size_t>(4 + i)] = static_cast<char>(size >> (8 * (3 - i)));
  }
  return head;
}

Call CallOf(int socket) {
  return Call(absl::InfiniteFuture(), [socket] {
    pollfd entry = {socket, 0, 0};  // POLLHUP and POLLERR are always told
    return poll(&entry, 1, 0) == 1;
  });
}

void AwaitHeadRead(int socket) {
  const absl::Time until = SteadyNow() + kMaxHeadUnread;
  const auto is_unread = [socket] {
    const sys::ErrnoOr<bool> unread = sys::HasUnread(socket);
    return unread.ok() && *unread;
  };
  pollfd entry = {socket, 0, 0};
  while (is_unread() && SteadyNow() < until && poll(&entry, 1, 1) == 0) {
  }
}

PumpEnd PumpStreams(runtime::ProcessSession& session, PumpClient client) {
  return Pump(session, std::move(client)).Run();
}

}  // namespace berth::cri
