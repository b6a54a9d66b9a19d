// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

absl::StatusOr<int> RunDiff(const Session& session, const std::string& name) {
  constexpr absl::string_view kLetters[] = {"C", "A", "D"};  // by Kind
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const std::string container, EngineName(session, name));
  EngineCall call;
  call.target = EngineTarget({"/containers", container, "changes"});
  ASSIGN_OR_RETURN(const berth::Json changes, engine.AskJson(call));
  for (const berth::Json& change : changes) {  // null where nothing has changed
    const auto kind = static_cast<size_t>(JsonInteger(change, "Kind").value_or(0));
    Print(absl::StrCat(kind < std::size(kLetters) ? kLetters[kind] : "?", " ",
                       JsonString(change, "Path").value_or(""), "\n"));
  }
  return 0;
}

}  // namespace

void DefineDiff(Verb& verb) {
  verb.set_description("Show which files of its image a container has changed");
  auto name = std::make_shared<std::string>();
  verb.Add("CONTAINER", *name, "a name or id", {.required = true});
  verb.set_footer("A: added, C: changed, D: deleted.");
  verb.set_action([name](const Session& session) { return RunDiff(session, *name); });
}

}  // namespace berth::cli
