// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/session_tokens.h"

#include <iterator>
#include <utility>

#include "absl/status/status.h"

#include "base/random_id.h"

namespace berth::cri {

absl::StatusOr<std::string> SessionTokens::Insert(StreamRequest request, absl::Time now) {
  std::string token = RandomHex(kSessionTokenBytes);
  absl::MutexLock lock(&mutex_);
  DropExpired(now);
  if (waiting_.size() >= kMaxSessionTokens) {
    return absl::ResourceExhaustedError("too many streams wait for their clients to connect");
  }
  waiting_.push_back({token, now + kSessionTokenLife, std::move(request)});
  by_token_.emplace(token, std::prev(waiting_.end()));
  return token;
}

std::optional<StreamRequest> SessionTokens::Take(absl::string_view token, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  DropExpired(now);
  const auto found = by_token_.find(std::string(token));
  if (found == by_token_.end()) {
    return std::nullopt;
  }
  StreamRequest request = std::move(found->second->request);
  waiting_.erase(found->second);
  by_token_.erase(found);
  return request;
}

void SessionTokens::DropExpired(absl::Time now) {
  while (!waiting_.empty() && waiting_.front().expiry <= now) {
    by_token_.erase(waiting_.front().token);
    waiting_.pop_front();
  }
}

}  // namespace berth::cri
