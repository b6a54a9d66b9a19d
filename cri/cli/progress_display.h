// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/json.h"

namespace berth::cli {

inline constexpr size_t kMaxProgressMessage = 1 << 20;

// What a pull, push, load or build says while it goes on: the Engine API's stream of JSON messages,
// as docker shows it. On a terminal each layer has a line that changes, elsewhere what is new is a
// line. For one thread; pure.
class ProgressDisplay {
 public:
  explicit ProgressDisplay(bool terminal) : terminal_(terminal) {}

  // The text for the output after these bytes, which may end in the middle of a message. Nothing
  // after a failure.
  std::string Take(absl::string_view bytes);

  // The operation's own error, or that something was no message.
  const absl::Status& status() const { return status_; }
  // The code of the operation's error; 0 when it has none.
  int64_t error_code() const { return error_code_; }

  // The last member "aux" that has `key`; an empty object when there was none.
  const berth::Json& Result(absl::string_view key) const;

 private:
  absl::StatusOr<std::string> ShowNext();
  absl::StatusOr<std::string> Show(const berth::Json& message);
  std::string ShowLine(const std::string& id, const std::string& text);

  const bool terminal_;
  absl::Status status_;
  int64_t error_code_ = 0;
  std::string rest_;                            // of a message that has not ended
  std::map<std::string, size_t> lines_;         // by id: which, from the top
  std::map<std::string, berth::Json> results_;  // by key
};

// "[=====>     ]  1.2MB/5MB"; empty when nothing is known. Pure.
std::string ProgressBar(int64_t current, int64_t total);

}  // namespace berth::cli
