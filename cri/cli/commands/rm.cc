// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/exit_watch.h"
#include "cri/cli/teardown.h"

namespace berth::cli {
namespace {

struct RmOptions {
  std::vector<std::string> names;
  bool force = false;
  bool when_exited = false;
  std::string type;
};

absl::Status AwaitEnd(const Client& client, const std::string& id) {
  ASSIGN_OR_RETURN(ExitWatch watch, ExitWatch::Open(client, id));
  return watch.Await().status();
}

absl::StatusOr<int> RunRm(const Session& session, const RmOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  return ForAllNamesAtOnce(options.names, [&](const std::string& name) -> absl::Status {
    ASSIGN_OR_RETURN(Inventory inventory, client.List());
    ASSIGN_OR_RETURN(const Target target, FindTarget(inventory, name, KindOf(options.type)));
    if (options.when_exited && target.kind == TargetKind::kContainer) {
      RETURN_IF_ERROR(AwaitEnd(client, target.id));
      ASSIGN_OR_RETURN(inventory, client.List());
    }
    return RemoveTarget(client, inventory, target, options.force);
  });
}

}  // namespace

void AddRm(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("rm", "Remove containers or pods");
  auto options = std::make_shared<RmOptions>();
  verb.add_option("NAME", options->names, "containers or pods")->required()->type_name("");
  verb.add_flag("-f,--force", options->force, "kill what runs");
  verb.add_flag("--when-exited", options->when_exited, "wait until the container has ended");
  AddType(verb, options->type, {"container", "pod"});
  verb.callback([&chosen, options] {
    chosen.run = [options](const Session& session) { return RunRm(session, *options); };
  });
}

}  // namespace berth::cli
