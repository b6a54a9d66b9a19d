// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_lists.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/text_template.h"

namespace berth::cli {

void AddListFlags(Verb& verb, ListFlags& flags, bool has_ids) {
  verb.AddFlag("-q,--quiet", flags.quiet, has_ids ? "only ids" : "only names");
  if (has_ids) {
    verb.AddFlag("--no-trunc", flags.whole, "whole ids");
  }
  verb.Add("-f,--filter", flags.filters, "only those", {.type = "NAME=VALUE"});
  AddRowFormat(verb, flags.format);
}

absl::Status PrintList(const berth::Json& things, const char* key, const Table& table,
                       const ListFlags& flags) {
  if (!flags.quiet) {
    ASSIGN_OR_RETURN(const std::string text, FormatList(Json(things), table, flags.format));
    Print(text);
    return absl::OkStatus();
  }
  for (const berth::Json& thing : things) {
    const std::string text = JsonString(thing, key).value_or("");
    Print(absl::StrCat(absl::string_view(key) == "Id" ? ShortId(text, flags.whole) : text, "\n"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> InspectByEngine(const Session& session, const std::string& path,
                                    const std::vector<std::string>& names,
                                    const std::string& format) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  Json found = Json::array();
  int code = 0;
  for (const std::string& name : names) {
    EngineCall call;
    call.target = EngineTarget({path, name});
    const absl::StatusOr<berth::Json> thing = engine.AskJson(call);
    if (thing.ok()) {
      found.push_back(Json(*thing));
    } else {
      PrintError(thing.status());
      code = kExitFailure;
    }
  }
  ASSIGN_OR_RETURN(const std::string text, FormatInspected(found, format));
  Print(text);
  return code;
}

absl::StatusOr<int> RemoveByEngine(const Session& session, const std::string& path,
                                   const std::vector<std::string>& names, bool force) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  int code = 0;
  for (const std::string& name : names) {
    EngineCall call;
    call.method = "DELETE";
    call.target = EngineTarget({path, name}, {{"force", force ? "1" : ""}});
    const absl::Status removed = engine.Ask(call).status();
    if (removed.ok()) {
      Print(absl::StrCat(name, "\n"));
    } else if (!force || !absl::IsNotFound(removed)) {
      PrintError(removed);
      code = kExitFailure;
    }
  }
  return code;
}

std::map<std::string, std::string> LabelsIn(const berth::Json& thing) {
  std::map<std::string, std::string> labels;
  for (const auto& [key, value] : JsonObject(thing, "Labels").items()) {
    labels[key] = value.is_string() ? value.get<std::string>() : "";
  }
  return labels;
}

std::string LabelsText(const std::map<std::string, std::string>& labels) {
  return absl::StrJoin(labels, ",", absl::PairFormatter("="));
}

}  // namespace berth::cli
