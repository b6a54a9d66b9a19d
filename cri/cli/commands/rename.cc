// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"

namespace berth::cli {
namespace {

struct RenameOptions {
  std::string container;
  std::string name;
};

absl::StatusOr<int> RunRename(const Session& session, const RenameOptions& options) {
  ASSIGN_OR_RETURN(const EngineContainer container,
                   FindEngineContainer(session, options.container, "rename"));
  RETURN_IF_ERROR(PostToContainer(session, container.id, "rename", {{"name", options.name}}));
  return 0;
}

}  // namespace

void DefineRename(Verb& verb) {
  verb.set_description("Rename a container of docker's clients");
  auto options = std::make_shared<RenameOptions>();
  verb.Add("CONTAINER", options->container, "a name or id", {.required = true});
  verb.Add("NAME", options->name, "the new one", {.required = true});
  verb.set_action([options](const Session& session) { return RunRename(session, *options); });
}

}  // namespace berth::cli
