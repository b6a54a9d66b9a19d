// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/time/clock.h"

#include "base/status.h"
#include "cri/cli/command_list.h"
#include "cri/cli/commands.h"
#include "cri/cli/disk_usage.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

struct DfOptions {
  std::string format = "table";
  bool verbose = false;
};

absl::StatusOr<int> RunDf(const Session& session, const DfOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = "/system/df";
  ASSIGN_OR_RETURN(const berth::Json answer, engine.AskJson(call));
  if (options.verbose) {
    Print(DetailedUsage(answer, absl::Now()));
    return 0;
  }
  const std::vector<KindUsage> kinds = UsageByKind(answer);
  ASSIGN_OR_RETURN(const std::string text,
                   FormatList(UsageJson(kinds), UsageTable(kinds), options.format));
  Print(text);
  return 0;
}

void DefineDf(Verb& verb) {
  verb.set_description("Show what takes how much of the disk");
  auto options = std::make_shared<DfOptions>();
  verb.AddFlag("-v,--verbose", options->verbose, "each thing");
  AddRowFormat(verb, options->format);
  verb.set_action([options](const Session& session) { return RunDf(session, *options); });
}

}  // namespace

void DefineSystem(Verb& verb) {
  constexpr NamedVerb kVerbs[] = {
      {"df", DefineDf}, {"prune", DefinePrune}, {"info", DefineInfo}, {"events", DefineEvents}};
  verb.set_description("The whole");
  AddVerbs(verb, kVerbs);
}

}  // namespace berth::cli
