// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/json.h"
#include "cri/cli/doors.h"
#include "cri/cli/session.h"

// The streams of what runs in containers of docker's clients.
namespace berth::cli {

struct ExecRequest {
  std::vector<std::string> command;
  std::vector<std::string> environment = {};
  std::string user = {};
  std::string working_directory = {};
  bool privileged = false;
  bool input = false;
  bool terminal = false;
  bool detached = false;
};

// Runs the command in the container with our streams; its exit code. 0 for one that goes on
// without us: detached, or left by docker's keys.
absl::StatusOr<int> ExecByEngine(const Session& session, const std::string& container,
                                 const ExecRequest& request);

// Connects our streams with those of a running container until it has ended; its exit code. 0 when
// it was left by docker's keys.
absl::StatusOr<int> AttachByEngine(const Session& session, const EngineContainer& container,
                                   bool input);

// The body of POST /containers/{id}/exec. Pure.
berth::Json ExecBody(const ExecRequest& request);

}  // namespace berth::cli
