// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/ttrpc_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/deadline.h"
#include "base/log.h"
#include "base/status.h"
#include "base/thread.h"
#include "proto/ttrpc/request.pb.h"

namespace berth::nri {
namespace {

constexpr size_t kReadSize = size_t{64} << 10;
constexpr size_t kMaxAsked = 16;  // calls of the peer that wait for their answer
constexpr absl::Duration kAnswerTimeout = absl::Seconds(2);  // for the peer to read one
constexpr int kMostCodes = 16;                               // of gRPC

absl::Status AwaitRoom(int socket, const Call& call) {
  if (const absl::Status waits = call.Check(); !waits.ok()) {
    return absl::IsCancelled(waits) ? waits : absl::DeadlineExceededError("it does not read");
  }
  pollfd entry = {socket, POLLOUT, 0};
  if (poll(&entry, 1, PollTimeout(call.NextLook())) < 0 && errno != EINTR) {
    return ErrnoStatus(sys::Errno::Last("poll"), "write to it");
  }
  return absl::OkStatus();
}

absl::Status StatusOf(const ::ttrpc::Status& status) {
  if (status.code() == 0) {
    return absl::OkStatus();
  }
  const bool known = status.code() > 0 && status.code() <= kMostCodes;
  return absl::Status(
      known ? static_cast<absl::StatusCode>(status.code()) : absl::StatusCode::kUnknown,
      status.message());
}

}  // namespace

TtrpcConnection::TtrpcConnection(sys::Fd socket, Serve serve)
    : socket_(std::move(socket)), serve_(std::move(serve)) {
  for (void (TtrpcConnection::*work)() : {&TtrpcConnection::Read, &TtrpcConnection::AnswerCalls}) {
    absl::StatusOr<std::thread> thread = StartThread("ttrpc", [this, work] { (this->*work)(); });
    if (!thread.ok()) {
      LogIfError(thread.status(), "an NRI plugin is cut off");
      Close();
      return;
    }
    threads_.push_back(*std::move(thread));
  }
}

TtrpcConnection::~TtrpcConnection() {
  Close();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void TtrpcConnection::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  shutdown(socket_.get(), SHUT_RDWR);  // wakes the reader
}

bool TtrpcConnection::closed() const {
  absl::MutexLock lock(&mutex_);
  return closed_;
}

absl::Status TtrpcConnection::Send(const Message& message, const berth::Call& call) {
  if (!sending_.TakeFor(call)) {
    return call.Check();
  }
  absl::Status sent = SendRest(call);
  if (sent.ok()) {
    rest_ = EncodeMessage(message);
    sent = SendRest(call);
  }
  sending_.Give();
  return sent;
}

absl::Status TtrpcConnection::SendRest(const berth::Call& call) {
  size_t sent = 0;
  absl::Status status;
  while (status.ok() && sent < rest_.size()) {
    const ssize_t size =
        send(socket_.get(), rest_.data() + sent, rest_.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size >= 0) {
      sent += static_cast<size_t>(size);
    } else if (errno == EAGAIN) {
      status = AwaitRoom(socket_.get(), call);
    } else if (errno != EINTR) {
      status = ErrnoStatus(sys::Errno::Last("send"), "write to it");
    }
  }
  rest_.erase(0, sent);
  return status;
}

absl::StatusOr<TtrpcConnection::Answer> TtrpcConnection::Call(const std::string& service,
                                                              const std::string& method,
                                                              std::string payload,
                                                              const berth::Call& call) {
  ::ttrpc::Request request;
  request.set_service(service);
  request.set_method(method);
  request.set_payload(std::move(payload));
  request.set_timeout_nano(absl::ToInt64Nanoseconds(call.remaining()));
  Message message{kPluginConnection, 0, MessageType::kRequest, request.SerializeAsString()};
  if (message.payload.size() > kMaxMessagePayload) {
    return Answer{absl::ResourceExhaustedError("the request is too long for ttrpc"), {}};
  }
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) {
      return absl::UnavailableError("the connection is closed");
    }
    message.stream = std::exchange(next_stream_, next_stream_ + 2);
    awaited_[message.stream] = std::nullopt;
  }
  if (absl::Status sent = Send(message, call); !sent.ok()) {
    if (!absl::IsCancelled(sent)) {
      Close();
    }
    absl::MutexLock lock(&mutex_);
    awaited_.erase(message.stream);
    return sent;
  }
  std::optional<std::string> answered;
  absl::Status waited;
  bool was_closed = false;
  {
    absl::MutexLock lock(&mutex_);
    std::optional<std::string>& answer = awaited_[message.stream];
    auto over = [&]()
                    ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return answer.has_value() || closed_; };
    waited = Await(mutex_, absl::Condition(&over), call);
    answered = std::move(answer);
    was_closed = closed_;
    awaited_.erase(message.stream);
  }
  if (!answered.has_value()) {
    if (absl::IsCancelled(waited)) {
      return waited;
    }
    Close();
    return was_closed ? absl::UnavailableError("the connection was closed")
                      : absl::DeadlineExceededError("no answer in time");
  }
  ::ttrpc::Response response;
  if (!response.ParseFromString(*answered)) {
    Close();
    return absl::InvalidArgumentError("its answer is no message of ttrpc");
  }
  return Answer{StatusOf(response.status()), std::move(*response.mutable_payload())};
}

void TtrpcConnection::Read() {
  TrunkParser parser;
  std::vector<char> space(kReadSize);
  absl::Status status;
  while (status.ok()) {
    const ssize_t size = recv(socket_.get(), space.data(), space.size(), 0);
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size <= 0) {
      break;
    }
    std::vector<Message> messages;
    status = parser.Feed(absl::string_view(space.data(), static_cast<size_t>(size)), messages);
    for (Message& message : messages) {
      status.Update(TakeIn(std::move(message)));
    }
  }
  LogIfError(status, "an NRI plugin is cut off");
  Close();
}

absl::Status TtrpcConnection::TakeIn(Message message) {
  absl::MutexLock lock(&mutex_);
  if (message.connection == kPluginConnection && message.type == MessageType::kResponse) {
    const auto awaited = awaited_.find(message.stream);
    if (awaited != awaited_.end()) {  // else it comes too late
      awaited->second = std::move(message.payload);
    }
    return absl::OkStatus();
  }
  if (message.connection != kRuntimeConnection || message.type != MessageType::kRequest) {
    return absl::InvalidArgumentError("it mixes up who calls and who answers");
  }
  if (asked_.size() >= kMaxAsked) {
    return absl::ResourceExhaustedError("it asks faster than it can be answered");
  }
  asked_.push_back(std::move(message));
  return absl::OkStatus();
}

std::string TtrpcConnection::AnswerTo(const Message& message) {
  ::ttrpc::Request request;
  absl::StatusOr<std::string> payload = absl::InvalidArgumentError("no request of ttrpc");
  if (request.ParseFromString(message.payload)) {
    payload = serve_(absl::StrCat(request.service(), "/", request.method()), request.payload());
  }
  ::ttrpc::Response response;
  if (payload.ok()) {
    response.set_payload(*std::move(payload));
  } else {
    response.mutable_status()->set_code(static_cast<int>(payload.status().code()));
    response.mutable_status()->set_message(std::string(payload.status().message()));
  }
  return response.SerializeAsString();
}

void TtrpcConnection::AnswerCalls() {
  while (true) {
    Message request;
    {
      absl::MutexLock lock(&mutex_);
      auto wanted = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return closed_ || !asked_.empty();
      };
      mutex_.Await(absl::Condition(&wanted));
      if (closed_) {
        return;
      }
      request = std::move(asked_.front());
      asked_.pop_front();
    }
    Message answer{.connection = kRuntimeConnection,
                   .stream = request.stream,
                   .type = MessageType::kResponse,
                   .payload = AnswerTo(request)};
    if (!Send(answer, berth::Call::WithTimeout(kAnswerTimeout)).ok()) {
      Close();
      return;
    }
  }
}

}  // namespace berth::nri
