// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::cli {

struct ConversationOptions {
  bool input = false;            // our stdin is the command's
  bool terminal = false;         // ours is the command's: its size, and with `input` every key
  std::string detach_keys = {};  // but these, by which its user leaves; empty: none
  // Called once the daemon says that the streams are connected; its error ends the conversation.
  std::function<absl::Status()> connected = {};
};

struct ConversationEnd {
  int exit_code = 0;
  bool detached = false;  // by the keys
};

// Connects our stdin, stdout and stderr with the command or container that the daemon's URL stands
// for, by WebSocket (v5.channel.k8s.io), until that has ended. Internal with the daemon's words
// when it did not run; Unavailable when the daemon leaves before its end. To be called once in a
// process.
absl::StatusOr<ConversationEnd> Converse(absl::string_view url, const ConversationOptions& options);

}  // namespace berth::cli
