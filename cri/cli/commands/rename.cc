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

void AddRename(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("rename", "Rename a container of docker's clients");
  auto options = std::make_shared<RenameOptions>();
  verb.add_option("CONTAINER", options->container, "a name or id")->required()->type_name("");
  verb.add_option("NAME", options->name, "the new one")->required()->type_name("");
  verb.callback([&chosen, options] {
    chosen.run = [options](const Session& session) { return RunRename(session, *options); };
  });
}

}  // namespace berth::cli
