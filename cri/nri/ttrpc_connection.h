// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"
#include "base/sys/fd.h"
#include "cri/nri/ttrpc_frames.h"
#include "cri/nri/turn.h"

namespace berth::nri {

// Both directions of calls with one plugin, over its socket. A plugin that breaks the protocol,
// asks without end or does not read is cut off. Thread-safe.
class TtrpcConnection {
 public:
  // Answers a call of the peer ("service/method"): the payload of the answer. On a thread of the
  // connection's own, one call at a time; may block, but not for ever.
  using Serve =
      std::function<absl::StatusOr<std::string>(const std::string& method, const std::string&)>;

  // Closed from the beginning where the node has no threads for it.
  TtrpcConnection(sys::Fd socket, Serve serve);
  TtrpcConnection(const TtrpcConnection&) = delete;
  TtrpcConnection& operator=(const TtrpcConnection&) = delete;
  ~TtrpcConnection();  // waits for the call that is being answered

  struct Answer {
    absl::Status status;  // what the peer says
    std::string payload;
  };
  // An error when there is no answer until the deadline; the connection is closed then. Cancelled,
  // with the connection as it is, when the caller goes before.
  absl::StatusOr<Answer> Call(const std::string& service, const std::string& method,
                              std::string payload, const berth::Call& call);

  // Ends every call, now and later.
  void Close();
  bool closed() const;

 private:
  void Read();
  absl::Status TakeIn(Message message);
  void AnswerCalls();
  std::string AnswerTo(const Message& request);
  // DeadlineExceeded when the peer does not read; Cancelled when the caller goes before the message
  // is written, of which the rest comes before the next one.
  absl::Status Send(const Message& message, const berth::Call& call);
  absl::Status SendRest(const berth::Call& call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(sending_);

  const sys::Fd socket_;
  const Serve serve_;

  Turn sending_;                                // held while a message is written
  std::string rest_ ABSL_GUARDED_BY(sending_);  // of the message that is being written

  mutable absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  uint32_t next_stream_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<uint32_t, std::optional<std::string>> awaited_ ABSL_GUARDED_BY(mutex_);  // by stream
  std::deque<Message> asked_ ABSL_GUARDED_BY(mutex_);

  std::vector<std::thread> threads_;  // the reader, and who answers
};

}  // namespace berth::nri
