// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth {

inline constexpr size_t kMaxDetachKeys = 64;
inline constexpr char kUsualDetachKeys[] = "\x10\x11";  // ctrl-p, ctrl-q

// The bytes of "ctrl-p,ctrl-q", or of "a,ctrl-[": what a user types to leave a terminal. The usual
// ones when the text is empty. InvalidArgument in Docker's words. Pure.
absl::StatusOr<std::string> ParseDetachKeys(absl::string_view text);

// Looks for the keys in what a client types. Not thread-safe.
class DetachWatch {
 public:
  // Empty: nothing is looked for.
  explicit DetachWatch(std::string keys) : keys_(std::move(keys)) {}

  // What of it goes to the process: no keys, and what could be their beginning only once it is
  // known not to be.
  std::string Pass(absl::string_view typed);
  // All keys have come: nothing is passed any more.
  bool left() const { return !keys_.empty() && matched_ == keys_.size(); }

 private:
  const std::string keys_;
  size_t matched_ = 0;
};

}  // namespace berth
