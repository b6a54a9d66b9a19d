// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/exit_watch.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

absl::StatusOr<int64_t> AwaitEnd(const Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const AnyTarget found, FindContainer(session, client, name));
  if (const auto* of_pod = std::get_if<Target>(&found); of_pod != nullptr) {
    ASSIGN_OR_RETURN(ExitWatch watch, ExitWatch::Open(client, of_pod->id));
    ASSIGN_OR_RETURN(const v1::ContainerStatus status, watch.Await());
    return status.exit_code();
  }
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  const std::string& id = std::get<EngineContainer>(found).id;
  ASSIGN_OR_RETURN(const berth::Json ended,
                   engine.AskJson(PostCall(EngineTarget({"/containers", id, "wait"}))));
  return JsonInteger(ended, "StatusCode").value_or(0);
}

absl::StatusOr<int> RunWait(const Session& session, const std::vector<std::string>& names) {
  int code = 0;
  for (const std::string& name : names) {
    const absl::StatusOr<int64_t> exit_code = AwaitEnd(session, name);
    if (exit_code.ok()) {
      Print(absl::StrCat(*exit_code, "\n"));
    } else {
      PrintError(exit_code.status());
      code = kExitFailure;
    }
  }
  return code;
}

}  // namespace

void DefineWait(Verb& verb) {
  verb.set_description("Wait until containers have ended, and print their exit codes");
  auto names = std::make_shared<std::vector<std::string>>();
  verb.Add("CONTAINER", *names, "names or ids", {.required = true});
  verb.set_action([names](const Session& session) { return RunWait(session, *names); });
}

}  // namespace berth::cli
