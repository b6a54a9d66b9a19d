// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "base/sys/file.h"

namespace berth::cli {

// Serves the Engine API at docker.sock beside a daemon's address: answers by rote, 404 to what it
// does not know, and writes down what is asked of it.
class FakeEngine {
 public:
  explicit FakeEngine(const std::string& daemon_address) {
    const std::string path =
        absl::StrCat(daemon_address.substr(0, daemon_address.rfind('/')), "/docker.sock");
    listener_ = sys::Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_.get(), 8), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~FakeEngine() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  FakeEngine(const FakeEngine&) = delete;
  FakeEngine& operator=(const FakeEngine&) = delete;
  FakeEngine(FakeEngine&&) = delete;
  FakeEngine& operator=(FakeEngine&&) = delete;

  // To "GET /containers/web/json", say; "101 UPGRADED" makes the answer's body a stream.
  void Answer(const std::string& request, const std::string& body,
              const std::string& status = "200 OK") {
    absl::MutexLock lock(&mutex_);
    answers_[request] = {status, body};
  }

  // Each as "METHOD TARGET BODY".
  std::vector<std::string> Calls() const {
    absl::MutexLock lock(&mutex_);
    return calls_;
  }

 private:
  struct Reply {
    std::string status = "404 Not Found";
    std::string body = R"({"message":"No such container"})";
  };

  void Serve() {
    while (true) {
      const sys::Fd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.is_open()) {
        return;
      }
      const std::string head = ReadHead(client.get());
      const size_t line = head.find(" HTTP/");
      std::string body(LengthIn(head), '\0');
      EXPECT_TRUE(sys::ReadFull(client.get(), body).ok());
      const Reply reply = Note(head.substr(0, line), body);
      const bool is_stream = absl::StartsWith(reply.status, "101");
      const std::string answer =
          absl::StrCat("HTTP/1.1 ", reply.status, "\r\n",
                       is_stream ? "Connection: Upgrade\r\nUpgrade: tcp\r\n"
                                 : absl::StrCat("Content-Length: ", reply.body.size(), "\r\n"),
                       "\r\n", reply.body);
      EXPECT_TRUE(sys::WriteAll(client.get(), answer.data(), answer.size()).ok());
    }
  }

  static std::string ReadHead(int client) {
    std::string head;
    char byte = 0;
    while (!absl::EndsWith(head, "\r\n\r\n") && read(client, &byte, 1) == 1) {
      head += byte;
    }
    return head;
  }

  static size_t LengthIn(const std::string& head) {
    constexpr char kField[] = "Content-Length: ";
    const size_t field = head.find(kField);
    size_t length = 0;
    if (field != std::string::npos) {
      const size_t begin = field + sizeof(kField) - 1;
      EXPECT_TRUE(absl::SimpleAtoi(head.substr(begin, head.find('\r', begin) - begin), &length));
    }
    return length;
  }

  Reply Note(const std::string& request, const std::string& body) {
    absl::MutexLock lock(&mutex_);
    calls_.push_back(body.empty() ? request : absl::StrCat(request, " ", body));
    const auto found = answers_.find(request);
    return found == answers_.end() ? Reply() : found->second;
  }

  sys::Fd listener_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Reply> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> calls_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace berth::cli
