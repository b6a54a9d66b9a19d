// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

constexpr size_t kShownWords = 45;  // bytes

struct HistoryOptions {
  std::string name;
  bool whole = false;
  bool quiet = false;
  bool human = true;  // else exact times and sizes
  std::string format = "table";
};

std::string Shown(const std::string& words, bool whole) {
  return whole || words.size() <= kShownWords ? words
                                              : absl::StrCat(words.substr(0, kShownWords - 1), "…");
}

std::string ShownId(const berth::Json& layer, bool whole) {
  const std::string id = JsonString(layer, "Id").value_or("");
  return id == "<missing>" ? id : ShortId(id, whole);
}

// As Go writes RFC 3339.
std::string CreationIn(absl::Time created) {
  const std::string text = absl::FormatTime(absl::RFC3339_sec, created, absl::LocalTimeZone());
  absl::string_view time = text;
  return absl::ConsumeSuffix(&time, "+00:00") ? absl::StrCat(time, "Z") : text;
}

Table AsTable(const berth::Json& layers, const HistoryOptions& options) {
  Table table(Columns{{"IMAGE", "ID"},
                      {"CREATED", "CreatedSince", !options.human},
                      {"CREATED AT", "", options.human},
                      {"CREATED BY"},
                      {"SIZE"},
                      {"COMMENT"}});
  for (const berth::Json& layer : layers) {
    const absl::Time created = absl::FromUnixSeconds(JsonInteger(layer, "Created").value_or(0));
    const auto size = static_cast<uint64_t>(JsonInteger(layer, "Size").value_or(0));
    table.Add({ShownId(layer, options.whole),
               absl::StrCat(HumanDuration(absl::Now() - created), " ago"), CreationIn(created),
               Shown(JsonString(layer, "CreatedBy").value_or(""), options.whole),
               options.human ? HumanSize(size) : absl::StrCat(size),
               JsonString(layer, "Comment").value_or("")});
  }
  return table;
}

absl::StatusOr<int> RunHistory(const Session& session, const HistoryOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = EngineTarget({"/images", options.name, "history"});
  ASSIGN_OR_RETURN(const berth::Json layers, engine.AskJson(call));
  if (options.format == "json") {
    Print(Pretty(layers));
  } else if (!options.quiet) {
    ASSIGN_OR_RETURN(const std::string text, FormatTable(AsTable(layers, options), options.format));
    Print(text);
  } else {
    for (const berth::Json& layer : layers) {
      Print(absl::StrCat(ShownId(layer, options.whole), "\n"));
    }
  }
  return 0;
}

}  // namespace

void DefineHistory(Verb& verb) {
  verb.set_description("Show how an image was made");
  auto options = std::make_shared<HistoryOptions>();
  verb.Add("IMAGE", options->name, "a name, digest or id", {.required = true});
  verb.AddFlag("--no-trunc", options->whole, "whole ids and commands");
  verb.AddFlag("-q,--quiet", options->quiet, "only ids");
  verb.AddFlag("-H,--human,!--no-human", options->human, "times and sizes for people");
  AddRowFormat(verb, options->format);
  verb.set_action([options](const Session& session) { return RunHistory(session, *options); });
}

}  // namespace berth::cli
