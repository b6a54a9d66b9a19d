// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_stream.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <optional>
#include <utility>

#include "base/detach_keys.h"
#include "base/status.h"
#include "cri/cli/engine_exchange.h"
#include "cri/cli/local_streams.h"
#include "cri/cli/output_frames.h"

namespace berth::cli {
namespace {

constexpr size_t kPiece = 32 << 10;

sys::Fd WatchSize() {
  sigset_t resized;
  sigemptyset(&resized);
  sigaddset(&resized, SIGWINCH);
  pthread_sigmask(SIG_BLOCK, &resized, nullptr);
  return sys::Fd(signalfd(-1, &resized, SFD_CLOEXEC | SFD_NONBLOCK));
}

class Carrier {
 public:
  Carrier(EngineStream stream, const StreamOptions& options)
      : stream_(std::move(stream)), options_(options), keys_(options.detach_keys) {}

  absl::StatusOr<bool> Run() {
    if (options_.resize != nullptr) {
      sizes_ = WatchSize();
      TellSize();
    }
    RETURN_IF_ERROR(Show(stream_.early));
    while (!closed_ && !keys_.left()) {
      const short wanted = static_cast<short>(POLLIN | (unsent_.empty() ? 0 : POLLOUT));
      pollfd entries[] = {{stream_.socket.get(), wanted, 0},
                          {reads_input_ && unsent_.empty() ? STDIN_FILENO : -1, POLLIN, 0},
                          {sizes_.get(), POLLIN, 0},
                          {options_.signals.fd, POLLIN, 0}};
      if (poll(entries, std::size(entries), -1) < 0) {
        continue;  // EINTR
      }
      if (entries[3].revents != 0) {
        options_.signals.take();
      }
      if (entries[2].revents != 0) {
        signalfd_siginfo info;
        if (read(sizes_.get(), &info, sizeof(info)) > 0) {
          TellSize();
        }
      }
      if (entries[1].revents != 0) {
        PassInput();
      }
      if ((entries[0].revents & POLLOUT) != 0) {
        SendInput();
      }
      if ((entries[0].revents & ~POLLOUT) != 0) {
        RETURN_IF_ERROR(ReadOutput());
      }
    }
    return keys_.left();
  }

 private:
  void TellSize() {
    if (const std::optional<WindowSize> size = LocalWindowSize(); size.has_value()) {
      options_.resize(*size);
    }
  }

  void PassInput() {
    const std::string piece = ReadInput();
    if (piece.empty()) {
      reads_input_ = false;
      shutdown(stream_.socket.get(), SHUT_WR);
      return;
    }
    unsent_ = keys_.Pass(piece);
    SendInput();
  }

  // Never waits: output that nobody takes would have the daemon take no input.
  void SendInput() {
    const ssize_t count =
        send(stream_.socket.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      unsent_.erase(0, static_cast<size_t>(count));
    } else if (errno != EAGAIN && errno != EINTR) {  // the read finds out as well
      reads_input_ = false;
      unsent_.clear();
    }
  }

  absl::Status ReadOutput() {
    std::string piece(kPiece, '\0');
    const ssize_t count = recv(stream_.socket.get(), piece.data(), piece.size(), 0);
    if (count < 0 && errno == EINTR) {
      return absl::OkStatus();
    }
    closed_ = count <= 0;
    return count > 0 ? Show(absl::string_view(piece).substr(0, static_cast<size_t>(count)))
                     : absl::OkStatus();
  }

  absl::Status Show(absl::string_view bytes) {
    if (!options_.framed) {
      WriteOut(STDOUT_FILENO, bytes);
      return absl::OkStatus();
    }
    return frames_.Take(bytes, [](bool is_error, absl::string_view text) {
      WriteOut(is_error ? STDERR_FILENO : STDOUT_FILENO, text);
    });
  }

  const EngineStream stream_;
  const StreamOptions& options_;
  DetachWatch keys_;
  OutputFrames frames_;
  sys::Fd sizes_;
  std::string unsent_;  // of our input
  bool reads_input_ = options_.input;
  bool closed_ = false;
};

}  // namespace

absl::StatusOr<EngineStream> OpenStream(const std::string& socket_path, EngineCall call) {
  call.headers.insert(call.headers.end(), {{"Connection", "Upgrade"}, {"Upgrade", "tcp"}});
  EngineExchange exchange(call);
  RETURN_IF_ERROR(exchange.Run(socket_path, [](absl::string_view) {
    return absl::InternalError("the daemon answers with something that is no stream");
  }));
  return exchange.Release();
}

absl::StatusOr<bool> CarryStream(EngineStream stream, const StreamOptions& options) {
  return Carrier(std::move(stream), options).Run();
}

}  // namespace berth::cli
