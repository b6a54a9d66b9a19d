// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/command_list.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/engine_filters.h"
#include "cri/cli/engine_lists.h"
#include "cri/cli/engine_syntax.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

struct VolumeOptions {
  std::string name;
  std::string driver = "local";
  std::vector<std::string> names, labels, options;
  std::string format;
  bool force = false;
  ListFlags list;
};

absl::StatusOr<int> Create(const Session& session, const VolumeOptions& options) {
  berth::Json body = {{"Name", options.name}, {"Driver", options.driver}};
  ASSIGN_OR_RETURN(body["Labels"], ParsePairs("--label", options.labels));
  ASSIGN_OR_RETURN(body["DriverOpts"], ParsePairs("--opt", options.options));
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const berth::Json made, engine.AskJson(PostCall("/volumes/create", body)));
  Print(absl::StrCat(JsonString(made, "Name").value_or(""), "\n"));
  return 0;
}

absl::StatusOr<int> List(const Session& session, const VolumeOptions& options) {
  ASSIGN_OR_RETURN(const FilterMap filters, ParseFilters(options.list.filters));
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = EngineTarget({"/volumes"}, {{"filters", FiltersText(filters)}});
  ASSIGN_OR_RETURN(const berth::Json answer, engine.AskJson(call));
  const berth::Json& volumes = JsonArray(answer, "Volumes");
  constexpr char kUnknown[] = "N/A";  // docker does not ask for it either
  Table table(Columns{{"DRIVER"},
                      {"VOLUME NAME", "Name"},
                      {"AVAILABILITY", "", true},
                      {"GROUP", "", true},
                      {"LABELS", "", true},
                      {"LINKS", "", true},
                      {"MOUNTPOINT", "", true},
                      {"SCOPE", "", true},
                      {"SIZE", "", true},
                      {"STATUS", "", true}});
  for (const berth::Json& volume : volumes) {
    const std::map<std::string, std::string> labels = LabelsIn(volume);
    table.Add({JsonString(volume, "Driver").value_or(""), JsonString(volume, "Name").value_or(""),
               kUnknown, kUnknown, LabelsText(labels), kUnknown,
               JsonString(volume, "Mountpoint").value_or(""),
               JsonString(volume, "Scope").value_or(""), kUnknown, kUnknown},
              labels);
  }
  RETURN_IF_ERROR(PrintList(volumes, "Name", table, options.list));
  return 0;
}

void DefineVolumeCreate(Verb& verb) {
  verb.set_description("Make a volume");
  auto options = std::make_shared<VolumeOptions>();
  verb.Add("NAME", options->name, "else one is made up");
  verb.Add("-d,--driver", options->driver, "only local is there",
           {.type = "DRIVER", .shows_default = true});
  verb.Add("--label", options->labels, "for it", {.type = "KEY=VALUE"});
  verb.Add("-o,--opt", options->options, "type, device and o, as mount takes them",
           {.type = "KEY=VALUE"});
  verb.set_action([options](const Session& session) { return Create(session, *options); });
}

void DefineVolumeLs(Verb& verb) {
  verb.set_description("List volumes");
  auto options = std::make_shared<VolumeOptions>();
  AddListFlags(verb, options->list, /*has_ids=*/false);
  verb.set_footer("Filters: dangling, driver, label, name.");
  verb.set_action([options](const Session& session) { return List(session, *options); });
}

void DefineVolumeInspect(Verb& verb) {
  verb.set_description("Show all that is known of volumes, as a JSON array");
  auto options = std::make_shared<VolumeOptions>();
  verb.Add("VOLUME", options->names, "names", {.required = true});
  verb.Add("-f,--format", options->format, "json, or '{{.Mountpoint}}' for each",
           {.type = "json|TEMPLATE"});
  verb.set_action([options](const Session& session) {
    return InspectByEngine(session, "/volumes", options->names, options->format);
  });
}

void DefineVolumeRm(Verb& verb) {
  verb.set_description("Remove volumes that no container has");
  auto options = std::make_shared<VolumeOptions>();
  verb.Add("VOLUME", options->names, "names", {.required = true});
  verb.AddFlag("-f,--force", options->force, "also where there is no such volume");
  verb.set_action([options](const Session& session) {
    return RemoveByEngine(session, "/volumes", options->names, options->force);
  });
}

}  // namespace

void DefineVolume(Verb& verb) {
  constexpr NamedVerb kVerbs[] = {{"create", DefineVolumeCreate},
                                  {"ls", DefineVolumeLs},
                                  {"inspect", DefineVolumeInspect},
                                  {"rm", DefineVolumeRm},
                                  {"prune", DefineVolumePrune}};
  verb.set_description("Volumes of containers of the Engine API");
  AddVerbs(verb, kVerbs);
}

}  // namespace berth::cli
