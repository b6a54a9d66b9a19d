// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/sys/fd.h"

namespace berth::test {

struct FakeRequest {
  std::string method;
  std::string target;  // path and query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // Empty when there is none; letters of either case.
  std::string header(absl::string_view name) const;
};

// What the fake sends, true or not.
struct FakeAnswer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  bool has_length = true;                   // else the end of the connection ends the body
  std::optional<size_t> cut_after = {};     // closes the connection after so many bytes of the body
  std::optional<size_t> silent_after = {};  // sends no more after so many, but stays connected
  size_t piece = 0;                         // bytes at a time, 0: all
  absl::Duration pause = {};                // between pieces
  std::optional<std::string> raw = {};      // sent in place of all of the above; then the end
};

// An HTTP server on loopback that answers by a function of the test. The function is called on
// the server's threads, perhaps on several at once.
class FakeRegistry {
 public:
  using Handler = std::function<FakeAnswer(const FakeRequest&)>;

  explicit FakeRegistry(Handler handler);
  FakeRegistry(const FakeRegistry&) = delete;
  FakeRegistry(FakeRegistry&&) = delete;
  FakeRegistry& operator=(const FakeRegistry&) = delete;
  FakeRegistry& operator=(FakeRegistry&&) = delete;
  ~FakeRegistry();  // ends all connections

  std::string address() const;  // 127.0.0.1:port
  std::string Url(absl::string_view path) const;

  std::vector<FakeRequest> requests() const;
  // The targets alone, in order.
  std::vector<std::string> targets() const;
  size_t connections() const;  // how many were ever made

 private:
  struct Connection {
    sys::Fd socket;
    std::thread thread;
  };

  void Accept();
  void Serve(int socket);
  bool Send(int socket, const FakeAnswer& answer);
  bool SendBody(int socket, const FakeAnswer& answer);

  const Handler handler_;
  sys::Fd listener_;
  int port_ = 0;
  std::thread acceptor_;

  mutable absl::Mutex mutex_;
  std::vector<FakeRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::list<Connection> connections_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace berth::test
