// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/signal_name.h"
#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/teardown.h"

namespace berth::cli {
namespace {

struct KillOptions {
  std::vector<std::string> names;
  std::string signal = "KILL";
};

absl::StatusOr<int> RunKill(const Session& session, const KillOptions& options) {
  ASSIGN_OR_RETURN(const int signal, ParseSignal(options.signal));
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  return ForAllNamesAtOnce(options.names, [&](const std::string& name) -> absl::Status {
    ASSIGN_OR_RETURN(const Inventory inventory, client.List());
    ASSIGN_OR_RETURN(const AnyTarget found,
                     FindAny(session, inventory, name, TargetKind::kContainer));
    const auto* of_pod = std::get_if<Target>(&found);
    if (of_pod == nullptr) {
      return PostToContainer(session, std::get<EngineContainer>(found).id, "kill",
                             {{"signal", absl::StrCat(signal)}});
    }
    return signal == SIGKILL
               ? StopTarget(client, inventory, *of_pod, absl::ZeroDuration())
               : absl::FailedPreconditionError(absl::StrCat(
                     of_pod->name, " is a container of a pod: CRI can kill it only, or stop it"));
  });
}

}  // namespace

void AddKill(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("kill", "Kill containers, or send them another signal");
  auto options = std::make_shared<KillOptions>();
  verb.add_option("CONTAINER", options->names, "names or ids")->required()->type_name("");
  verb.add_option("-s,--signal", options->signal, "by name or number")
      ->type_name("SIGNAL")
      ->capture_default_str();
  verb.callback([&chosen, options] {
    chosen.run = [options](const Session& session) { return RunKill(session, *options); };
  });
}

}  // namespace berth::cli
