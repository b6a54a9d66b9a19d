// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"

namespace berth::cli {
namespace {

struct LoadOptions {
  std::string from = "-";
  bool quiet = false;
};

absl::StatusOr<int> RunLoad(const Session& session, const LoadOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.method = "POST";
  call.target = EngineTarget({"/images/load"}, {{"quiet", options.quiet ? "1" : ""}});
  RETURN_IF_ERROR(SendFile(call, options.from, "-i"));
  ProgressDisplay display = DisplayOn(stdout);
  RETURN_IF_ERROR(ShowProgress(engine, call, display, stdout));
  return 0;
}

}  // namespace

void DefineLoad(Verb& verb) {
  verb.set_description("Read images from an archive of `save`");
  auto options = std::make_shared<LoadOptions>();
  verb.Add("-i,--input", options->from, "the archive; stdin otherwise", {.type = "FILE"});
  verb.AddFlag("-q,--quiet", options->quiet, "no progress");
  verb.set_footer("Archives of docker, podman and skopeo and OCI layouts, packed or not.");
  verb.set_action([options](const Session& session) { return RunLoad(session, *options); });
}

}  // namespace berth::cli
