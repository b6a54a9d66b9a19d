// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/command_list.h"
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

}  // namespace

void AddSystem(CLI::App& root, Chosen& chosen) {
  CLI::App& system = *root.add_subcommand("system", "The whole: df, prune, info");
  system.require_subcommand(1);
  CLI::App& verb = *system.add_subcommand("df", "Show what takes how much of the disk");
  auto format = std::make_shared<std::string>("table");
  AddRowFormat(verb, *format);
  AddPrune(system, chosen);
  AddInfo(system, chosen);
  verb.callback([&chosen, format] {
    chosen.run = [format](const Session& session) { return RunDf(session, *format); };
  });
}

}  // namespace berth::cli
