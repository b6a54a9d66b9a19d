// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/exit_watch.h"
#include "cri/cli/teardown.h"

namespace berth::cli {
namespace {

struct RmOptions {
  std::vector<std::string> names;
  bool force = false;
  bool when_exited = false;
  bool volumes = false;
  std::string type;
};

absl::Status AwaitEnd(const Client& client, const std::string& id) {
  ASSIGN_OR_RETURN(ExitWatch watch, ExitWatch::Open(client, id));
  return watch.Await().status();
}

absl::Status RemoveByEngine(const Session& session, const std::string& id,
                            const RmOptions& options) {
  if (options.when_exited) {
    RETURN_IF_ERROR(PostToContainer(session, id, "wait"));
  }
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.method = "DELETE";
  call.target = EngineTarget({"/containers", id}, {{"force", options.force ? "1" : ""},
                                                   {"v", options.volumes ? "1" : ""}});
  return engine.Ask(call).status();
}

// Without those that mean nothing, each of which is told.
std::vector<std::string> WithoutMissing(const Session& session, const Inventory& inventory,
                                        const RmOptions& options) {
  std::vector<std::string> names;
  for (const std::string& name : options.names) {
    const absl::Status found = FindAny(session, inventory, name, KindOf(options.type)).status();
    if (absl::IsNotFound(found)) {
      PrintError(found);
    } else {
      names.push_back(name);
    }
  }
  return names;
}

absl::StatusOr<int> RunRm(const Session& session, const RmOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  std::vector<std::string> names = options.names;
  if (options.force) {
    ASSIGN_OR_RETURN(const Inventory before, client.List());
    names = WithoutMissing(session, before, options);
  }
  return ForAllNamesAtOnce(names, [&](const std::string& name) -> absl::Status {
    ASSIGN_OR_RETURN(Inventory inventory, client.List());
    ASSIGN_OR_RETURN(const AnyTarget found,
                     FindAny(session, inventory, name, KindOf(options.type)));
    if (const auto* container = std::get_if<EngineContainer>(&found); container != nullptr) {
      return RemoveByEngine(session, container->id, options);
    }
    const auto& target = std::get<Target>(found);
    if (options.when_exited && target.kind == TargetKind::kContainer) {
      RETURN_IF_ERROR(AwaitEnd(client, target.id));
      ASSIGN_OR_RETURN(inventory, client.List());
    }
    return RemoveTarget(client, inventory, target, options.force);
  });
}

}  // namespace

void DefineRm(Verb& verb) {
  verb.set_description("Remove containers or pods");
  auto options = std::make_shared<RmOptions>();
  verb.Add("NAME", options->names, "containers or pods", {.required = true});
  verb.AddFlag("-f,--force", options->force, "kill what runs; what is not there is no failure");
  verb.AddFlag("-v,--volumes", options->volumes,
               "a docker's container's anonymous volumes, too; those of pods have none");
  verb.AddFlag("--when-exited", options->when_exited, "wait until the container has ended");
  AddType(verb, options->type, {"container", "pod"});
  verb.set_action([options](const Session& session) { return RunRm(session, *options); });
}

}  // namespace berth::cli
