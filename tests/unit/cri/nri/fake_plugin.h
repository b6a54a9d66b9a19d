// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "cri/nri/ttrpc_frames.h"
#include "proto/nri/v1/api.pb.h"
#include "proto/ttrpc/request.pb.h"

namespace berth::nri {

namespace api = ::nri::v1;

inline constexpr absl::Duration kPatience = absl::Seconds(10);

struct SocketEnds {
  sys::Fd runtime;
  sys::Fd plugin;
};

inline SocketEnds MakeSocketEnds() {
  int sockets[2] = {-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  return {sys::Fd(sockets[0]), sys::Fd(sockets[1])};
}

inline sys::Fd ConnectAsPlugin(const std::string& path) {
  sys::Fd socket_fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  EXPECT_EQ(connect(socket_fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return socket_fd;
}

// To a call of the runtime.
struct FakeAnswer {
  int code = 0;           // of gRPC
  std::string text = {};  // the payload, or the message of an error
  bool silent = false;
};

inline FakeAnswer NoAnswer() {
  FakeAnswer answer;
  answer.silent = true;
  return answer;
}

// The plugin's side of a connection. Answers each call by `answer` and notes its method.
class FakePlugin {
 public:
  using Answer = FakeAnswer;
  using Answers = std::function<Answer(const std::string& method, const std::string& payload)>;

  explicit FakePlugin(
      sys::Fd socket,
      Answers answers = [](const std::string&, const std::string&) { return Answer(); })
      : socket_(std::move(socket)), answers_(std::move(answers)), thread_([this] { Run(); }) {}
  FakePlugin(const FakePlugin&) = delete;
  FakePlugin& operator=(const FakePlugin&) = delete;
  ~FakePlugin() {
    Leave();
    thread_.join();
  }

  void Leave() { shutdown(socket_.get(), SHUT_RDWR); }

  void WriteRaw(const std::string& bytes) {
    EXPECT_EQ(send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  // Calls the runtime; the answer, or nothing when the connection ends first.
  std::optional<::ttrpc::Response> Call(const std::string& method,
                                        const google::protobuf::Message& message) {
    ::ttrpc::Request request;
    request.set_service("nri.pkg.api.v1alpha1.Runtime");
    request.set_method(method);
    request.set_payload(message.SerializeAsString());
    const uint32_t stream = std::exchange(next_stream_, next_stream_ + 2);
    WriteRaw(EncodeMessage(
        {kRuntimeConnection, stream, MessageType::kRequest, request.SerializeAsString()}));
    absl::MutexLock lock(&mutex_);
    auto over = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return ended_ || responses_.count(stream) != 0;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&over), kPatience);
    const auto found = responses_.find(stream);
    return found == responses_.end() ? std::nullopt : std::make_optional(found->second);
  }

  std::optional<::ttrpc::Response> Register(const std::string& index, const std::string& name) {
    api::RegisterPluginRequest request;
    request.set_plugin_idx(index);
    request.set_plugin_name(name);
    return Call("RegisterPlugin", request);
  }

  // The methods that were called, once `count` were.
  std::vector<std::string> AwaitCalls(size_t count) {
    absl::MutexLock lock(&mutex_);
    auto over = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return ended_ || calls_.size() >= count;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&over), kPatience);
    return calls_;
  }

  bool AwaitCall(const std::string& method) {
    absl::MutexLock lock(&mutex_);
    auto called = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return std::find(calls_.begin(), calls_.end(), method) != calls_.end();
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&called), kPatience);
  }

  bool AwaitEnd() {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&ended_), kPatience);
    return ended_;
  }

 private:
  void Run() {
    TrunkParser parser;
    std::vector<char> space(1 << 16);
    while (true) {
      const ssize_t size = recv(socket_.get(), space.data(), space.size(), 0);
      std::vector<Message> messages;
      if (size <= 0 || !parser.Feed({space.data(), static_cast<size_t>(size)}, messages).ok()) {
        break;
      }
      for (const Message& message : messages) {
        TakeIn(message);
      }
    }
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }

  void TakeIn(const Message& message) {
    if (message.type == MessageType::kResponse) {
      absl::MutexLock lock(&mutex_);
      responses_[message.stream].ParseFromString(message.payload);
      return;
    }
    ::ttrpc::Request request;
    request.ParseFromString(message.payload);
    {
      absl::MutexLock lock(&mutex_);
      calls_.push_back(request.method());
    }
    const Answer answer = answers_(request.method(), request.payload());
    if (answer.silent) {
      return;
    }
    ::ttrpc::Response response;
    if (answer.code == 0) {
      response.set_payload(answer.text);
    } else {
      response.mutable_status()->set_code(answer.code);
      response.mutable_status()->set_message(answer.text);
    }
    const std::string bytes = EncodeMessage(
        {message.connection, message.stream, MessageType::kResponse, response.SerializeAsString()});
    send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  const sys::Fd socket_;
  const Answers answers_;
  uint32_t next_stream_ = 1;
  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> calls_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, ::ttrpc::Response> responses_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace berth::nri
