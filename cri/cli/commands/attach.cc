// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/attach.h"

#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"

namespace berth::cli {
namespace {

struct AttachOptions {
  std::string container;
  bool no_input = false;
};

absl::StatusOr<int> RunAttach(const Session& session, const AttachOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  ASSIGN_OR_RETURN(const Target target,
                   FindTarget(inventory, options.container, TargetKind::kContainer));
  ASSIGN_OR_RETURN(AttachedStreams streams, StreamsOf(client, target));
  streams.input = streams.input && !options.no_input;
  return Attach(client, target, streams);
}

}  // namespace

void AddAttach(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand(
      "attach", "Connect with a running container's own streams; Ctrl-P Ctrl-Q leaves it");
  auto options = std::make_shared<AttachOptions>();
  verb.add_option("CONTAINER", options->container)->required();
  verb.add_flag("--no-stdin", options->no_input, "only show its output");
  verb.callback([&chosen, options] {
    chosen.run = [options](const Session& session) { return RunAttach(session, *options); };
  });
}

}  // namespace berth::cli
