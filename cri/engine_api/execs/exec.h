// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/json.h"
#include "cri/engine_api/containers/container_record.h"
#include "cri/engine_api/containers/terminal_size.h"
#include "runtime/pod_runtime.h"

// Commands in running containers, as the Engine API knows them. Pure.
namespace berth::cri {

// The body of POST /containers/{id}/exec.
struct ExecSpec {
  runtime::ExecCommand command;
  runtime::StreamChoice streams;  // what a client may be attached to
  std::string detach_keys;        // their bytes; empty without a terminal
  std::optional<TerminalSize> size;
};

// The body of POST /exec/{id}/start.
struct ExecStart {
  bool detached = false;
  std::optional<TerminalSize> size;
};

// A command, from its creation until it is forgotten.
struct ExecState {
  enum class Phase : uint8_t { kCreated, kStarting, kRunning, kEnded };

  std::string id;
  std::string container_id;
  ExecSpec spec;
  Phase phase = Phase::kCreated;
  int pid = 0;            // while it runs, as the node numbers it
  int32_t exit_code = 0;  // once it has ended
};

inline constexpr absl::Duration kEndedExecKept = absl::Minutes(10);
inline constexpr absl::Duration kUnstartedExecKept = absl::Minutes(5);  // as Docker looks for them

// Whether one is to be forgotten that was created, or has ended, so long ago.
bool IsStale(ExecState::Phase phase, absl::Duration age);

// InvalidArgument for a wrong type and, in Docker's words, for a request without a command.
absl::StatusOr<ExecSpec> ParseExecSpec(const Json& body);
absl::StatusOr<ExecStart> ParseExecStart(const Json& body);

// OK, or in Docker's words and FailedPrecondition why nothing can be executed in the container.
absl::Status CheckExecutable(const EngineContainerRecord& record);

// What a start that failed is to its client, and the exit code that it leaves.
std::pair<absl::Status, int32_t> ExecRefusal(const absl::Status& status, const ExecSpec& spec);

// GET /exec/{id}/json.
Json ExecDetails(const ExecState& state);

// "exec_start: sh -c ls", as events call what has been done with a command.
std::string ExecAction(absl::string_view verb, const ExecSpec& spec);

}  // namespace berth::cri
