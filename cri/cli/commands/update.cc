// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_request.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/run_flags.h"

namespace berth::cli {
namespace {

struct UpdateWords {
  RunOptions options;
  std::vector<std::string> names;
};

// CRI knows of memory and CPUs.
absl::Status UpdateInPod(const Client& client, const Target& target, const RunOptions& options) {
  if (const std::string reason = NeedsEngine(options); !reason.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        reason, ": ", target.name, " is a container of a pod: CRI has no such thing for it"));
  }
  v1::UpdateContainerResourcesRequest request;
  request.set_container_id(target.id);
  RETURN_IF_ERROR(SetCriLimits(options, *request.mutable_linux()));
  return client
      .Call(&Client::Runtime::UpdateContainerResources, request,
            absl::StrCat("changing ", target.name))
      .status();
}

absl::StatusOr<int> RunUpdate(const Session& session, const UpdateWords& said) {
  ASSIGN_OR_RETURN(const berth::Json body, UpdateRequestOf(said.options));
  if (body.empty()) {
    return absl::InvalidArgumentError("nothing is to be changed: give a limit or --restart");
  }
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  return ForEachName(said.names, [&](const std::string& name) -> absl::Status {
    ASSIGN_OR_RETURN(const AnyTarget found, FindContainer(session, client, name));
    if (const auto* of_pod = std::get_if<Target>(&found); of_pod != nullptr) {
      return UpdateInPod(client, *of_pod, said.options);
    }
    const std::string& id = std::get<EngineContainer>(found).id;
    return engine.Ask(PostCall(EngineTarget({"/containers", id, "update"}), body)).status();
  });
}

}  // namespace

void DefineUpdate(Verb& verb) {
  verb.set_description("Change the limits of containers, or when they start again");
  auto said = std::make_shared<UpdateWords>();
  verb.Add("CONTAINER", said->names, "names or ids", {.required = true});
  AddLimitFlags(verb, said->options);
  AddRestartFlag(verb, said->options);
  verb.set_footer("Of containers of pods: --memory and --cpus.");
  verb.set_action([said](const Session& session) { return RunUpdate(session, *said); });
}

}  // namespace berth::cli
