// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"

namespace berth::cli {
namespace {

struct SaveOptions {
  std::vector<std::string> names;
  std::string to;
};

absl::StatusOr<int> RunSave(const Session& session, const SaveOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  std::vector<std::pair<std::string, std::string>> names;
  for (const std::string& name : options.names) {
    names.emplace_back("names", name);
  }
  EngineCall call;
  call.target = EngineTarget({"/images/get"}, names);
  RETURN_IF_ERROR(ReceiveFile(engine, call, options.to));
  return 0;
}

}  // namespace

void AddSave(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("save", "Write images to one archive, to load elsewhere");
  auto options = std::make_shared<SaveOptions>();
  verb.add_option("IMAGE", options->names, "names, digests or ids")->required()->type_name("");
  verb.add_option("-o,--output", options->to, "the archive; stdout otherwise")->type_name("FILE");
  verb.callback([&chosen, options] {
    chosen.run = [options](const Session& session) { return RunSave(session, *options); };
  });
}

}  // namespace berth::cli
