// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/teardown.h"

namespace berth::cli {
namespace {

struct StopOptions {
  std::vector<std::string> names;
  std::optional<int64_t> seconds;
  std::string type;
  std::string signal;
};

absl::StatusOr<int> RunStop(const Session& session, const StopOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  const absl::Duration grace =
      options.seconds.has_value() ? absl::Seconds(*options.seconds) : kDefaultGrace;
  return ForAllNamesAtOnce(options.names, [&](const std::string& name) -> absl::Status {
    ASSIGN_OR_RETURN(const Inventory inventory, client.List());
    ASSIGN_OR_RETURN(const AnyTarget found,
                     FindAny(session, inventory, name, KindOf(options.type)));
    if (const auto* target = std::get_if<Target>(&found); target != nullptr) {
      if (!options.signal.empty()) {
        return absl::FailedPreconditionError(
            absl::StrCat(target->name, " is of a pod, which CRI stops by its own signal alone"));
      }
      return StopTarget(client, inventory, *target, grace);
    }
    return PostToContainer(
        session, std::get<EngineContainer>(found).id, "stop",
        {{"t", options.seconds.has_value() ? absl::StrCat(*options.seconds) : ""},
         {"signal", options.signal}});
  });
}

}  // namespace

void DefineStop(Verb& verb) {
  verb.set_description("Stop containers or pods");
  auto options = std::make_shared<StopOptions>();
  verb.Add("NAME", options->names, "containers or pods", {.required = true});
  verb.Add("-t,--time,--timeout", options->seconds,
           "before it is killed; else 10, or its own --stop-timeout",
           {.type = "SECONDS", .check = IsNonNegative});
  verb.Add("-s,--signal", options->signal, "that stops it, instead of its own; not of pods",
           {.type = "SIGNAL"});
  AddType(verb, options->type, {"container", "pod"});
  verb.set_action([options](const Session& session) { return RunStop(session, *options); });
}

}  // namespace berth::cli
