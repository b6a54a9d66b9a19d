// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "cri/cli/client.h"
#include "cri/cli/lookup.h"

namespace berth::cli {

struct AttachedStreams {
  bool input = false;
  bool terminal = false;
  std::string detach_keys = {};  // as ParseDetachKeys takes them
};

// What of these the container was made with.
absl::StatusOr<AttachedStreams> StreamsOf(const Client& client, const Target& container);

// Connects our streams with the container's until it has ended, or until the detach keys are
// pressed on its terminal. The container's exit code; 0 when it runs on. `start`, if any, is called
// once they are connected: it is to start a container that has not been started, of which nothing
// is missed so.
absl::StatusOr<int> Attach(const Client& client, const Target& container,
                           const AttachedStreams& streams,
                           const std::function<absl::Status()>& start = {});

// Passes our stdin on to the container until that has ended; its output is not looked at. OK, too,
// when it has ended before.
absl::Status FeedInput(const Client& client, const Target& container);

}  // namespace berth::cli
