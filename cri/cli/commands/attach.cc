// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/attach.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_process.h"
#include "cri/cli/signal_pass.h"

namespace berth::cli {
namespace {

struct AttachOptions {
  std::string container;
  std::string detach_keys;
  bool no_input = false;
  bool passes_signals = true;
};

// In docker's words.
absl::Status CheckRuns(const EngineContainer& container) {
  const berth::Json& state = JsonObject(container.details, "State");
  if (!JsonFlag(state, "Running")) {
    return absl::FailedPreconditionError("cannot attach to a stopped container, start it first");
  }
  if (JsonFlag(state, "Paused")) {
    return absl::FailedPreconditionError("cannot attach to a paused container, unpause it first");
  }
  return JsonFlag(state, "Restarting")
             ? absl::FailedPreconditionError(
                   "cannot attach to a restarting container, wait until it is running")
             : absl::OkStatus();
}

absl::StatusOr<int> AttachByEngine(const Session& session, const EngineContainer& container,
                                   const AttachOptions& options) {
  RETURN_IF_ERROR(CheckRuns(container));
  ContainerStreams streams = {.connected = {.input = container.has_input() && !options.no_input},
                              .terminal = container.has_terminal(),
                              .detach_keys = options.detach_keys};
  streams.begin = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const EngineContainer now,
                     FindEngineContainer(session, container.id, "attach"));
    return CheckRuns(now);
  };
  std::optional<SignalPass> signals;
  if (options.passes_signals && !streams.terminal) {
    streams.signals = signals.emplace().To([&](int number) {
      return PostToContainer(session, container.id, "kill", {{"signal", absl::StrCat(number)}});
    });
  }
  return ConnectByEngine(session, container.id, streams);
}

absl::StatusOr<int> RunAttach(const Session& session, const AttachOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const AnyTarget found, FindContainer(session, client, options.container));
  if (const auto* container = std::get_if<EngineContainer>(&found); container != nullptr) {
    return AttachByEngine(session, *container, options);
  }
  const auto& target = std::get<Target>(found);
  ASSIGN_OR_RETURN(AttachedStreams streams, StreamsOf(client, target));
  streams.input = streams.input && !options.no_input;
  streams.detach_keys = options.detach_keys;
  return Attach(client, target, streams);
}

}  // namespace

void DefineAttach(Verb& verb) {
  verb.set_description("Connect with a running container's own streams; ctrl-p ctrl-q leaves it");
  auto options = std::make_shared<AttachOptions>();
  verb.Add("CONTAINER", options->container, "", {.required = true});
  verb.AddFlag("--no-stdin", options->no_input, "only show its output");
  AddDetachKeys(verb, options->detach_keys);
  verb.AddFlag("--sig-proxy,!--no-sig-proxy", options->passes_signals,
               "signals are the container's, where it is of docker's clients without a terminal");
  verb.set_action([options](const Session& session) { return RunAttach(session, *options); });
}

}  // namespace berth::cli
