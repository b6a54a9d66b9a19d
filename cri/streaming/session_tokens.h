// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "cri/streaming/stream_request.h"

namespace berth::cri {

inline constexpr size_t kMaxSessionTokens = 1000;
inline constexpr size_t kSessionTokenBytes = 16;
inline constexpr absl::Duration kSessionTokenLife = absl::Minutes(1);

// Requests that wait for their client to connect, each under a random token that is good once.
// Thread-safe.
class SessionTokens {
 public:
  // The new token, lowercase hex. ResourceExhausted when kMaxSessionTokens are waiting.
  absl::StatusOr<std::string> Insert(StreamRequest request, absl::Time now);

  // What the token stands for; nothing when there is no such token, it has been used or it has
  // expired.
  std::optional<StreamRequest> Take(absl::string_view token, absl::Time now);

 private:
  void DropExpired(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  struct Waiting {
    std::string token;
    absl::Time expiry;
    StreamRequest request;
  };

  absl::Mutex mutex_;
  std::list<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);  // oldest first
  std::unordered_map<std::string, std::list<Waiting>::iterator> by_token_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::cri
