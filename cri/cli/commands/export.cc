// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_calls.h"

namespace berth::cli {
namespace {

struct ExportOptions {
  std::string container;
  std::string to;
};

absl::StatusOr<int> RunExport(const Session& session, const ExportOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const std::string container, EngineName(session, options.container));
  EngineCall call;
  call.target = EngineTarget({"/containers", container, "export"});
  RETURN_IF_ERROR(ReceiveFile(engine, call, options.to));
  return 0;
}

}  // namespace

void DefineExport(Verb& verb) {
  verb.set_description("Write a container's files to an archive");
  auto options = std::make_shared<ExportOptions>();
  verb.Add("CONTAINER", options->container, "a name or id", {.required = true});
  verb.Add("-o,--output", options->to, "the archive; stdout otherwise", {.type = "FILE"});
  verb.set_footer("`import` makes an image of it.");
  verb.set_action([options](const Session& session) { return RunExport(session, *options); });
}

}  // namespace berth::cli
