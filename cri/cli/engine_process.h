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
#include "cri/cli/run_options.h"
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
  std::string detach_keys = {};  // as ParseDetachKeys takes them
};

// Runs the command in the container with our streams; its exit code. 0 for one that goes on
// without us: detached, or left by the keys.
absl::StatusOr<int> ExecByEngine(const Session& session, const std::string& container,
                                 const ExecRequest& request);

struct ContainerStreams {
  ConnectedStreams connected = {};
  bool terminal = false;
  std::string detach_keys = {};  // as ParseDetachKeys takes them
  // Called when all is connected, before anything comes; its error ends it.
  std::function<absl::Status()> begin = {};
  SignalSource signals = {};
  EngineWait::For awaits = EngineWait::For::kEnd;  // what comes after the streams
};

// Connects our streams with a container's until it has ended; its exit code. 0 when it was left by
// the keys. One that runs may have ended when they are connected, and would have them wait for its
// next start: `begin` is to look.
absl::StatusOr<int> ConnectByEngine(const Session& session, const std::string& id,
                                    const ContainerStreams& streams);

// The body of POST /containers/{id}/exec. Pure.
berth::Json ExecBody(const ExecRequest& request);

}  // namespace berth::cli
