// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/fake_registry.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace berth::test {
namespace {

// What the client has sent, read piece by piece.
class Input {
 public:
  explicit Input(int socket) : socket_(socket) {}

  // Without its line end; nullopt at the end of the connection.
  std::optional<std::string> Line() {
    size_t end;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      if (!Fill()) {
        return std::nullopt;
      }
    }
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
  }

  std::optional<std::string> Bytes(size_t count) {
    while (buffer_.size() < count) {
      if (!Fill()) {
        return std::nullopt;
      }
    }
    std::string bytes = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return bytes;
  }

 private:
  bool Fill() {
    char chunk[4096];
    ssize_t count = recv(socket_, chunk, sizeof(chunk), 0);
    if (count <= 0) {
      return false;
    }
    buffer_.append(chunk, static_cast<size_t>(count));
    return true;
  }

  int socket_;
  std::string buffer_;
};

std::optional<FakeRequest> ReadRequest(Input& input) {
  std::optional<std::string> line = input.Line();
  if (!line.has_value()) {
    return std::nullopt;
  }
  std::vector<std::string> words = absl::StrSplit(*line, ' ');
  FakeRequest request;
  request.method = words[0];
  request.target = words.size() > 1 ? words[1] : "";
  while ((line = input.Line()).has_value() && !line->empty()) {
    std::pair<std::string, std::string> header = absl::StrSplit(*line, absl::MaxSplits(": ", 1));
    request.headers.push_back(header);
  }
  size_t length = 0;
  if (line.has_value() && absl::SimpleAtoi(request.header("Content-Length"), &length)) {
    std::optional<std::string> body = input.Bytes(length);
    if (!body.has_value()) {
      return std::nullopt;
    }
    request.body = *std::move(body);
  }
  return line.has_value() ? std::optional<FakeRequest>(std::move(request)) : std::nullopt;
}

bool SendAll(int socket, absl::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

// True when the other side, or the server's destructor, has ended the connection meanwhile.
bool IsEndedWithin(int socket, int milliseconds) {
  pollfd ready{.fd = socket, .events = POLLRDHUP, .revents = 0};
  return poll(&ready, 1, milliseconds) > 0;
}

}  // namespace

std::string FakeRequest::header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) {
      return value;
    }
  }
  return "";
}

FakeRegistry::FakeRegistry(Handler handler)
    : handler_(std::move(handler)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_.get(), generic, size) != 0 || listen(listener_.get(), 64) != 0 ||
      getsockname(listener_.get(), generic, &size) != 0) {
    abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

FakeRegistry::~FakeRegistry() {
  std::list<Connection> connections;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    shutdown(listener_.get(), SHUT_RDWR);
    for (Connection& connection : connections_) {
      shutdown(connection.socket.get(), SHUT_RDWR);
    }
    connections.swap(connections_);
  }
  acceptor_.join();
  for (Connection& connection : connections) {
    connection.thread.join();
  }
}

std::string FakeRegistry::address() const {
  return absl::StrCat("127.0.0.1:", port_);
}

std::string FakeRegistry::Url(absl::string_view path) const {
  return absl::StrCat("http://", address(), path);
}

std::vector<FakeRequest> FakeRegistry::requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

std::vector<std::string> FakeRegistry::targets() const {
  std::vector<std::string> targets;
  for (const FakeRequest& request : requests()) {
    targets.push_back(request.target);
  }
  return targets;
}

size_t FakeRegistry::connections() const {
  absl::MutexLock lock(&mutex_);
  return connections_.size();
}

void FakeRegistry::Accept() {
  while (true) {
    sys::Fd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    absl::MutexLock lock(&mutex_);
    if (!socket.is_open() || stopping_) {
      return;
    }
    const int number = socket.get();
    const int on = 1;
    setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));  // head and body are two writes
    connections_.push_back({std::move(socket), std::thread([this, number] { Serve(number); })});
  }
}

void FakeRegistry::Serve(int socket) {
  Input input(socket);
  while (std::optional<FakeRequest> request = ReadRequest(input)) {
    {
      absl::MutexLock lock(&mutex_);
      requests_.push_back(*request);
    }
    FakeAnswer answer = handler_(*request);
    if (request->method == "HEAD") {
      answer.body.clear();
    }
    if (!Send(socket, answer)) {
      break;
    }
  }
  shutdown(socket, SHUT_RDWR);
}

bool FakeRegistry::Send(int socket, const FakeAnswer& answer) {
  if (answer.raw.has_value()) {
    SendAll(socket, *answer.raw);
    return false;
  }
  std::string head = absl::StrCat("HTTP/1.1 ", answer.status, " Scripted\r\n");
  for (const auto& [name, value] : answer.headers) {
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  }
  if (answer.has_length) {
    absl::StrAppend(&head, "Content-Length: ", answer.body.size(), "\r\n");
  }
  absl::StrAppend(&head, answer.has_length ? "" : "Connection: close\r\n", "\r\n");
  return SendAll(socket, head) && SendBody(socket, answer) && answer.has_length;
}

bool FakeRegistry::SendBody(int socket, const FakeAnswer& answer) {
  absl::string_view rest = answer.body;
  rest = rest.substr(0, std::min(answer.cut_after.value_or(rest.size()),
                                 answer.silent_after.value_or(rest.size())));
  while (!rest.empty()) {
    const size_t piece = answer.piece == 0 ? rest.size() : std::min(answer.piece, rest.size());
    if (!SendAll(socket, rest.substr(0, piece))) {
      return false;
    }
    rest.remove_prefix(piece);
    if (!rest.empty() && answer.pause > absl::ZeroDuration() &&
        IsEndedWithin(socket, static_cast<int>(absl::ToInt64Milliseconds(answer.pause)))) {
      return false;
    }
  }
  if (answer.silent_after.has_value()) {
    IsEndedWithin(socket, -1);
    return false;
  }
  return !answer.cut_after.has_value();
}

}  // namespace berth::test
