// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_filters.h"
#include "cri/cli/event_text.h"
#include "cri/cli/output.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

struct EventsOptions {
  std::string since, until, format;
  std::vector<std::string> filters;
};

absl::StatusOr<int> RunEvents(const Session& session, const EventsOptions& options) {
  ASSIGN_OR_RETURN(const FilterMap filters, ParseFilters(options.filters));
  std::optional<TextTemplate> form;
  if (!options.format.empty() && options.format != "json") {
    ASSIGN_OR_RETURN(form, TextTemplate::Parse(options.format));
  }
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = EngineTarget(
      {"/events"},
      {{"since", options.since}, {"until", options.until}, {"filters", FiltersText(filters)}});
  EventLines lines;
  RETURN_IF_ERROR(engine.Stream(call, [&](absl::string_view bytes) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<Json> events, lines.Take(bytes));
    for (const Json& event : events) {
      std::string text = options.format == "json"
                             ? event.dump(-1, ' ', false, Json::error_handler_t::replace)
                             : EventText(event, absl::LocalTimeZone());
      if (form.has_value()) {
        ASSIGN_OR_RETURN(text, form->Expand(EventFields(event)));
      }
      Print(absl::StrCat(text, "\n"));
    }
    fflush(stdout);
    return absl::OkStatus();
  }));
  return 0;
}

}  // namespace

void DefineEvents(Verb& verb) {
  verb.set_description("Show what happens, as it happens");
  auto options = std::make_shared<EventsOptions>();
  verb.Add("--since", options->since, "also what was from then on", {.type = "TIME|AGE"});
  verb.Add("--until", options->until, "end there", {.type = "TIME|AGE"});
  verb.Add("-f,--filter", options->filters, "type, event, container, image, label, ...",
           {.type = "NAME=VALUE"});
  verb.Add("--format", options->format, "json, or '{{.Type}} {{.Action}}' for each",
           {.type = "json|TEMPLATE"});
  verb.set_footer("Of the Engine API's containers, and of images, networks and volumes.");
  verb.set_action([options](const Session& session) { return RunEvents(session, *options); });
}

}  // namespace berth::cli
