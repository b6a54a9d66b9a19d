// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/attach.h"

#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_process.h"

namespace berth::cli {
namespace {

struct AttachOptions {
  std::string container;
  bool no_input = false;
};

// In docker's words.
absl::Status CheckRuns(const EngineContainer& container) {
  const berth::Json& state = JsonObject(container.details, "State");
  const auto is = [&](const char* flag) {
    const auto found = state.find(flag);
    return found != state.end() && *found == true;
  };
  if (!is("Running")) {
    return absl::FailedPreconditionError("cannot attach to a stopped container, start it first");
  }
  if (is("Paused")) {
    return absl::FailedPreconditionError("cannot attach to a paused container, unpause it first");
  }
  return is("Restarting") ? absl::FailedPreconditionError(
                                "cannot attach to a restarting container, wait until it is running")
                          : absl::OkStatus();
}

absl::StatusOr<int> RunAttach(const Session& session, const AttachOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  ASSIGN_OR_RETURN(const AnyTarget found,
                   FindAny(session, inventory, options.container, TargetKind::kContainer));
  if (const auto* container = std::get_if<EngineContainer>(&found); container != nullptr) {
    RETURN_IF_ERROR(CheckRuns(*container));
    const auto check = [&]() -> absl::Status {
      ASSIGN_OR_RETURN(const EngineContainer now,
                       FindEngineContainer(session, container->id, "attach"));
      return CheckRuns(now);
    };
    return AttachByEngine(session, *container, container->has_input() && !options.no_input, check);
  }
  const auto& target = std::get<Target>(found);
  ASSIGN_OR_RETURN(AttachedStreams streams, StreamsOf(client, target));
  streams.input = streams.input && !options.no_input;
  return Attach(client, target, streams);
}

}  // namespace

void DefineAttach(Verb& verb) {
  verb.set_description("Connect with a running container's own streams; Ctrl-P Ctrl-Q leaves it");
  auto options = std::make_shared<AttachOptions>();
  verb.Add("CONTAINER", options->container, "", {.required = true});
  verb.AddFlag("--no-stdin", options->no_input, "only show its output");
  verb.set_action([options](const Session& session) { return RunAttach(session, *options); });
}

}  // namespace berth::cli
