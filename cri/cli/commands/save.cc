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

void DefineSave(Verb& verb) {
  verb.set_description("Write images to one archive, to load elsewhere");
  auto options = std::make_shared<SaveOptions>();
  verb.Add("IMAGE", options->names, "names, digests or ids", {.required = true});
  verb.Add("-o,--output", options->to, "the archive; stdout otherwise", {.type = "FILE"});
  verb.set_action([options](const Session& session) { return RunSave(session, *options); });
}

}  // namespace berth::cli
