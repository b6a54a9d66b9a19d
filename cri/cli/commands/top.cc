// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_join.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

std::vector<std::string> Cells(const berth::Json& row) {
  std::vector<std::string> cells;
  for (const berth::Json& cell : row) {
    cells.push_back(cell.is_string() ? cell.get<std::string>() : "");
  }
  return cells;
}

absl::StatusOr<int> RunTop(const Session& session, const std::vector<std::string>& words) {
  ASSIGN_OR_RETURN(const EngineContainer container,
                   FindEngineContainer(session, words.front(), "show the processes of"));
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = EngineTarget({"/containers", container.id, "top"},
                             {{"ps_args", absl::StrJoin(words.begin() + 1, words.end(), " ")}});
  ASSIGN_OR_RETURN(const berth::Json answer, engine.AskJson(call));
  constexpr size_t kLeastWidth = 20;  // docker's
  Columns columns;
  for (std::string& title : Cells(JsonArray(answer, "Titles"))) {
    columns.push_back({std::move(title)});
  }
  const size_t width = columns.size();
  Table table(std::move(columns), kLeastWidth);
  for (const berth::Json& process : JsonArray(answer, "Processes")) {
    std::vector<std::string> cells = Cells(process);
    cells.resize(width);
    table.Add(std::move(cells));
  }
  Print(table.str());
  return 0;
}

}  // namespace

void DefineTop(Verb& verb) {
  verb.set_description("Show the processes of a docker's client's container");
  auto words = std::make_shared<std::vector<std::string>>();
  verb.TakeWords(*words, "CONTAINER [OPTION OF PS...]", {"CONTAINER"});
  verb.set_action([words](const Session& session) { return RunTop(session, *words); });
}

}  // namespace berth::cli
