// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/json.h"

namespace berth::cli {

inline constexpr size_t kMaxEngineAnswer = 64 << 20;  // of an answer that is kept whole
inline constexpr absl::Duration kIdlePause = absl::Milliseconds(100);

// A path with its query, both escaped: {"/images", "a/b:1", "tag"} is joined by slashes; slashes in
// a part stay. Pairs with an empty value are left out. Pure.
std::string EngineTarget(const std::vector<std::string>& path,
                         const std::vector<std::pair<std::string, std::string>>& query = {});

struct EngineCall {
  std::string method = "GET";
  std::string target = {};  // as EngineTarget makes it
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string content_type = {};
  std::string body = {};
  // In place of `body` when set: its next piece, empty at the end.
  std::function<absl::StatusOr<std::string>()> next_piece = {};
  // Goes along with `body`, which is short and not empty then, unless it is -1.
  int descriptor = -1;
};

// A client of the daemon's Docker Engine API. Each call has a connection of its own. For one
// thread.
class EngineClient {
 public:
  using Sink = std::function<absl::Status(absl::string_view)>;
  using Idle = std::function<void()>;

  explicit EngineClient(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  // The body of a success. A refusal is the status that fits its code, with the daemon's words;
  // Unavailable or PermissionDenied, with what to do, when nobody answers.
  absl::StatusOr<std::string> Ask(const EngineCall& call) const;
  // The same where the body is JSON.
  absl::StatusOr<berth::Json> AskJson(const EngineCall& call) const;
  // The value of a header of a success, which has no body (HEAD); empty when it is not there.
  absl::StatusOr<std::string> AskHeader(const EngineCall& call, const std::string& name) const;
  // Gives a success's body to `sink` as it comes, whose error ends the call. `idle`, where it is
  // set, is called each kIdlePause in which nothing comes of the answer.
  absl::Status Stream(const EngineCall& call, const Sink& sink, const Idle& idle = {}) const;

  const std::string& socket_path() const { return socket_path_; }

 private:
  std::string socket_path_;
};

}  // namespace berth::cli
