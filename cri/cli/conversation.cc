// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/conversation.h"

#include <signal.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "base/detach_keys.h"
#include "base/status.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/signal_set.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/websocket/stream.hpp"
#include "cri/cli/command_outcome.h"
#include "cri/cli/local_streams.h"
#include "cri/cli/local_terminal.h"
#include "cri/cli/stream_url.h"

namespace berth::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using ErrorCode = boost::system::error_code;
using Tcp = asio::ip::tcp;

constexpr char kProtocol[] = "v5.channel.k8s.io";
constexpr char kInput = 0, kOutput = 1, kError = 2, kStatus = 3, kResize = 4;
constexpr char kClose = static_cast<char>(255);

// Pieces of stdin, read by a thread of their own (it may be a file, which no loop can watch), one
// at a time. It outlives the conversation when nothing is typed.
class InputPieces : public std::enable_shared_from_this<InputPieces> {
 public:
  // `take` gets each piece on the loop; an empty one is the end. The next is read after Next.
  void Start(asio::io_context& loop, std::function<void(std::string)> take) {
    std::thread([self = shared_from_this(), &loop, take = std::move(take)] {
      std::string piece;
      do {
        piece = ReadInput();
        absl::MutexLock lock(&self->mutex_);
        if (self->abandoned_) {
          return;
        }
        self->taken_ = false;
        asio::post(loop, [take, piece] { take(piece); });
        self->mutex_.Await(absl::Condition(
            +[](InputPieces* pieces) { return pieces->taken_ || pieces->abandoned_; }, self.get()));
      } while (!piece.empty());
    }).detach();
  }

  void Next() {
    absl::MutexLock lock(&mutex_);
    taken_ = true;
  }

  // The loop is used no more.
  void Abandon() {
    absl::MutexLock lock(&mutex_);
    abandoned_ = true;
  }

 private:
  absl::Mutex mutex_;
  bool taken_ = false;
  bool abandoned_ = false;
};

class Conversation {
 public:
  explicit Conversation(const ConversationOptions& options) : options_(options) {}
  ~Conversation() { input_->Abandon(); }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  Conversation(Conversation&&) = delete;
  Conversation& operator=(Conversation&&) = delete;

  absl::Status Connect(const StreamUrl& url) {
    ErrorCode error;
    const asio::ip::address ip = asio::ip::make_address(url.ip, error);
    if (!error) {
      stream_.next_layer().connect({ip, url.port}, error);
    }
    if (!error) {
      stream_.next_layer().set_option(Tcp::no_delay(true), error);
    }
    stream_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
      request.set(beast::http::field::sec_websocket_protocol, kProtocol);
    }));
    stream_.binary(true);
    if (!error) {
      stream_.handshake(absl::StrCat(url.ip, ":", url.port), url.path, error);
    }
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("connecting to the daemon's stream: ", error.message()));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<ConversationEnd> Run() {
    if (options_.terminal) {
      SendSize();
      WatchSize();
    }
    if (options_.input) {
      input_->Start(loop_, [this](const std::string& piece) { OnInput(piece); });
    }
    Read();
    loop_.run();
    RETURN_IF_ERROR(refused_);
    if (detached_) {
      return ConversationEnd{0, true};
    }
    ASSIGN_OR_RETURN(const int exit_code, ReadCommandOutcome(outcome_));
    return ConversationEnd{exit_code, false};
  }

 private:
  void Read() {
    message_.clear();
    stream_.async_read(message_, [this](const ErrorCode& error, size_t) {
      if (error) {
        loop_.stop();
        return;
      }
      const auto bytes = message_.cdata();
      OnMessage({static_cast<const char*>(bytes.data()), bytes.size()});
      Read();
    });
  }

  void OnMessage(absl::string_view message) {
    if (message.empty()) {
      return;
    }
    const absl::string_view bytes = message.substr(1);
    if (bytes.empty() && !std::exchange(connected_, true) && options_.connected != nullptr) {
      refused_ = options_.connected();
      if (!refused_.ok()) {
        loop_.stop();
      }
    }
    switch (message.front()) {
      case kOutput:
        WriteOut(STDOUT_FILENO, bytes);
        break;
      case kError:
        WriteOut(STDERR_FILENO, bytes);
        break;
      case kStatus:
        outcome_ += std::string(bytes.substr(0, kMaxOutcome - outcome_.size()));
        break;
      default:
        break;
    }
  }

  void OnInput(const std::string& piece) {
    if (piece.empty()) {
      Send(std::string({kClose, kInput}));
      return;
    }
    const std::string passed = keys_.Pass(piece);
    if (!passed.empty()) {
      Send(kInput + passed);
    }
    if (keys_.left()) {
      detached_ = true;
      loop_.stop();
    } else if (queue_.empty()) {
      input_->Next();
    }
  }

  void SendSize() {
    if (const std::optional<WindowSize> size = LocalWindowSize(); size.has_value()) {
      Send(kResize + absl::StrCat("{\"Width\":", size->columns, ",\"Height\":", size->rows, "}"));
    }
  }

  void WatchSize() {
    resized_.async_wait([this](const ErrorCode& error, int) {
      if (!error) {
        SendSize();
        WatchSize();
      }
    });
  }

  void Send(std::string message) {
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) {
      WriteNext();
    }
  }

  void WriteNext() {
    stream_.async_write(asio::buffer(queue_.front()), [this](const ErrorCode& error, size_t) {
      if (error) {
        return;  // the read finds out as well
      }
      queue_.pop_front();
      if (queue_.empty()) {
        input_->Next();
      } else {
        WriteNext();
      }
    });
  }

  const ConversationOptions options_;
  asio::io_context loop_{1};
  websocket::stream<Tcp::socket> stream_{loop_};
  asio::signal_set resized_{loop_, SIGWINCH};
  beast::flat_buffer message_;
  std::deque<std::string> queue_;
  const std::shared_ptr<InputPieces> input_ = std::make_shared<InputPieces>();
  DetachWatch keys_{options_.detach_keys};
  std::string outcome_;
  bool connected_ = false;
  absl::Status refused_;
  bool detached_ = false;
};

}  // namespace

absl::StatusOr<ConversationEnd> Converse(absl::string_view url,
                                         const ConversationOptions& options) {
  ASSIGN_OR_RETURN(const StreamUrl parsed, ParseStreamUrl(url));
  Conversation conversation(options);
  RETURN_IF_ERROR(conversation.Connect(parsed));
  std::optional<RawTerminal> raw;
  if (options.terminal && options.input) {
    raw.emplace();
  }
  return conversation.Run();
}

}  // namespace berth::cli
