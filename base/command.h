// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/call.h"

namespace berth {

// For programs of the host that start others by their names.
inline constexpr char kHostPath[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Command {
  std::vector<std::string> arguments;    // [0] is an absolute path
  std::vector<std::string> environment;  // KEY=value; the whole environment
  std::string input;                     // to its standard input
  size_t max_output = 1 << 20;           // of each stream; the rest is read and dropped
  bool ends_at_max_output = false;       // with more on its standard output it is killed
};

struct CommandResult {
  int exit_code = 0;  // 128 + n for signal n
  std::string out;
  std::string err;
};

// Runs a helper program of the host in a process group of its own by posix_spawn, and waits. When
// the call ends first, the group is killed, the program reaped, and DeadlineExceeded or Cancelled
// returned; likewise OutOfRange where it `ends_at_max_output`. NotFound when there is no such
// program. No descriptor but 0, 1, 2 is inherited. A child that outlives the program and holds its
// output open is not waited for.
absl::StatusOr<CommandResult> RunCommand(const Call& call, const Command& command);

}  // namespace berth
