// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/command_list.h"
#include "cri/cli/commands.h"
#include "cri/cli/disk_usage.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

absl::StatusOr<int> RunDf(const Session& session, const std::string& format) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = "/system/df";
  ASSIGN_OR_RETURN(const berth::Json answer, engine.AskJson(call));
  const std::vector<KindUsage> kinds = UsageByKind(answer);
  ASSIGN_OR_RETURN(const std::string text, FormatList(UsageJson(kinds), UsageTable(kinds), format));
  Print(text);
  return 0;
}

void DefineDf(Verb& verb) {
  verb.set_description("Show what takes how much of the disk");
  auto format = std::make_shared<std::string>("table");
  AddRowFormat(verb, *format);
  verb.set_action([format](const Session& session) { return RunDf(session, *format); });
}

}  // namespace

void DefineSystem(Verb& verb) {
  constexpr NamedVerb kVerbs[] = {
      {"df", DefineDf}, {"prune", DefinePrune}, {"info", DefineInfo}, {"events", DefineEvents}};
  verb.set_description("The whole");
  AddVerbs(verb, kVerbs);
}

}  // namespace berth::cli
