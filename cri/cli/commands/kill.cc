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

void DefineKill(Verb& verb) {
  verb.set_description("Kill containers, or send them another signal");
  auto options = std::make_shared<KillOptions>();
  verb.Add("CONTAINER", options->names, "names or ids", {.required = true});
  verb.Add("-s,--signal", options->signal, "by name or number",
           {.type = "SIGNAL", .shows_default = true});
  verb.set_action([options](const Session& session) { return RunKill(session, *options); });
}

}  // namespace berth::cli
