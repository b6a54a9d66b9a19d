// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::imageservice {

// What --chmod makes of a file's mode: an octal number up to 07777 stands for itself, "u=rwX,go-w"
// changes what there was, as chmod(1) does without a umask. Pure.
class ModeChange {
 public:
  // InvalidArgument, in Docker's words.
  static absl::StatusOr<ModeChange> Parse(absl::string_view text);

  // `mode` is of a file or directory, its permission bits only.
  mode_t Apply(mode_t mode, bool is_directory) const;

 private:
  struct Action {
    mode_t who = 0;  // the bits that may change
    char op = '=';
    mode_t bits = 0;      // of what `op` does
    char copied = 0;      // 'u', 'g' or 'o': bits of these, as they are by then
    bool search = false;  // X: x too, where somebody had it, and for directories
  };

  static absl::Status ReadClause(absl::string_view& text, std::vector<Action>& actions);

  std::vector<Action> actions_;
};

}  // namespace berth::imageservice
