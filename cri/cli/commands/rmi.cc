// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

struct RmiOptions {
  std::vector<std::string> names;
  bool force = false;
};

absl::Status RemoveImage(const EngineClient& engine, const std::string& name, bool force) {
  EngineCall call;
  call.method = "DELETE";
  call.target = EngineTarget({"/images", name}, {{"force", force ? "1" : ""}});
  ASSIGN_OR_RETURN(const berth::Json done, engine.AskJson(call));
  for (const berth::Json& step : done) {
    for (const auto& [what, whose] : step.items()) {
      Print(absl::StrCat(what, ": ", whose.is_string() ? whose.get<std::string>() : "", "\n"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int> RunRmi(const Session& session, const RmiOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  int code = 0;
  for (const std::string& name : options.names) {
    const absl::Status status = RemoveImage(engine, name, options.force);
    if (!status.ok()) {
      PrintError(status);
      code = options.force && absl::IsNotFound(status) ? code : kExitFailure;
    }
  }
  return code;
}

}  // namespace

void DefineRmi(Verb& verb) {
  verb.set_description("Take names away from images; remove what has none");
  auto options = std::make_shared<RmiOptions>();
  verb.Add("IMAGE", options->names, "names, digests or ids", {.required = true});
  verb.AddFlag("-f,--force", options->force,
               "also images of several names or of containers; what is not there is no failure");
  verb.AddUsual("--no-prune", "the images that it came from stay, if they have a name");
  verb.set_action([options](const Session& session) { return RunRmi(session, *options); });
}

}  // namespace berth::cli
