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
  ProgressDisplay display = StdoutDisplay();
  RETURN_IF_ERROR(ShowProgress(engine, call, display, false));
  return 0;
}

}  // namespace

void AddLoad(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("load", "Read images from an archive of `save`");
  auto options = std::make_shared<LoadOptions>();
  verb.add_option("-i,--input", options->from, "the archive; stdin otherwise")->type_name("FILE");
  verb.add_flag("-q,--quiet", options->quiet, "no progress");
  verb.footer("Archives of docker, podman and skopeo and OCI layouts, packed or not.");
  verb.callback([&chosen, options] {
    chosen.run = [options](const Session& session) { return RunLoad(session, *options); };
  });
}

}  // namespace berth::cli
