// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/json.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_wait.h"
#include "cri/cli/interrupts.h"
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
// it was left by docker's keys. `check` is asked once they are connected: one that has ended in the
// meantime would have them wait for its next start.
absl::StatusOr<int> AttachByEngine(const Session& session, const EngineContainer& container,
                                   bool input, const std::function<absl::Status()>& check);

struct ContainerStreams {
  bool input = false;
  bool terminal = false;
  // Called when all is connected, before anything comes; its error ends it.
  std::function<absl::Status()> connected = {};
  SignalSource signals = {};
  EngineWait::For awaits = EngineWait::For::kEnd;  // what comes after the streams
};

struct StreamsEnd {
  int exit_code = 0;
  bool left = false;  // by docker's keys
};

// Connects our streams with a container's until it has ended.
absl::StatusOr<StreamsEnd> ConnectByEngine(const Session& session, const std::string& id,
                                           const ContainerStreams& streams);

// The body of POST /containers/{id}/exec. Pure.
berth::Json ExecBody(const ExecRequest& request);

}  // namespace berth::cli
