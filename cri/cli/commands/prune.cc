// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/command_list.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/engine_filters.h"
#include "cri/cli/local_terminal.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"

namespace berth::cli {
namespace {

struct PruneOptions {
  bool all = false;
  bool volumes = false;
  bool force = false;
  std::vector<std::string> filters;
};

struct Kind {
  const char* path;
  const char* title;
  const char* deleted;  // the answer's list
  bool images = false;
  bool volumes = false;
};

constexpr Kind kContainers = {"/containers/prune", "Deleted Containers", "ContainersDeleted"};
constexpr Kind kNetworks = {"/networks/prune", "Deleted Networks", "NetworksDeleted"};
constexpr Kind kVolumes = {"/volumes/prune", "Deleted Volumes", "VolumesDeleted", false, true};
constexpr Kind kImages = {"/images/prune", "Deleted Images", "ImagesDeleted", true};
constexpr Kind kBuilds = {"/build/prune", "Deleted build cache objects", "CachesDeleted"};

std::string FiltersOf(FilterMap filters, const PruneOptions& options, const Kind& kind) {
  if (kind.images) {
    filters["dangling"].push_back(options.all ? "false" : "true");
  }
  if (kind.volumes && options.all) {
    filters["all"].push_back("true");  // those with names, too
  }
  return FiltersText(filters);
}

// An image's entry says what was done to which name.
std::string Line(const berth::Json& entry) {
  if (entry.is_string()) {
    return absl::StrCat(entry.get<std::string>(), "\n");
  }
  std::string line;
  for (const auto& [what, whose] : entry.items()) {
    absl::StrAppend(&line, absl::AsciiStrToLower(what), ": ",
                    whose.is_string() ? whose.get<std::string>() : "", "\n");
  }
  return line;
}

absl::StatusOr<uint64_t> Prune(const EngineClient& engine, const PruneOptions& options,
                               const Kind& kind) {
  ASSIGN_OR_RETURN(const FilterMap filters, ParseFilters(options.filters));
  ASSIGN_OR_RETURN(const berth::Json answer,
                   engine.AskJson(PostCall(
                       EngineTarget({kind.path}, {{"filters", FiltersOf(filters, options, kind)},
                                                  {"all", options.all ? "1" : ""}}))));
  std::string text;
  for (const berth::Json& entry : JsonArray(answer, kind.deleted)) {
    absl::StrAppend(&text, Line(entry));
  }
  if (!text.empty()) {
    Print(absl::StrCat(kind.title, ":\n", text, "\n"));
  }
  return static_cast<uint64_t>(JsonInteger(answer, "SpaceReclaimed").value_or(0));
}

absl::StatusOr<bool> Confirmed(const PruneOptions& options, const std::string& what) {
  if (options.force) {
    return true;
  }
  if (isatty(STDIN_FILENO) == 0) {
    return absl::FailedPreconditionError(
        "nobody can be asked: say -f to remove without a question");
  }
  Print(absl::StrCat("This removes ", what, ". Go on? [y/N] "));
  const std::string answer = TypedLine(/*hidden=*/false);
  return answer == "y" || answer == "Y";
}

absl::StatusOr<int> RunPrune(const Session& session, const PruneOptions& options,
                             const std::vector<Kind>& kinds, const std::string& what) {
  RETURN_IF_ERROR(ParseFilters(options.filters).status());
  ASSIGN_OR_RETURN(const bool confirmed, Confirmed(options, what));
  if (!confirmed) {
    return kExitFailure;
  }
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  uint64_t bytes = 0;
  for (const Kind& kind : kinds) {
    ASSIGN_OR_RETURN(const uint64_t more, Prune(engine, options, kind));
    bytes += more;
  }
  Print(absl::StrCat("Total reclaimed space: ", HumanSize(bytes), "\n"));
  return 0;
}

absl::StatusOr<int> PruneAll(const Session& session, const PruneOptions& options) {
  std::vector<Kind> kinds = {kContainers, kNetworks};
  if (options.volumes) {
    kinds.push_back(kVolumes);
  }
  kinds.insert(kinds.end(), {kImages, kBuilds});
  return RunPrune(session, options, kinds,
                  absl::StrCat("stopped containers, networks", options.volumes ? ", volumes" : "",
                               options.all ? ", images" : ", images without a name",
                               " that no container uses, and the build cache"));
}

std::shared_ptr<PruneOptions> AddPruneFlags(Verb& verb) {
  auto options = std::make_shared<PruneOptions>();
  verb.AddFlag("-f,--force", options->force, "without a question");
  verb.Add("--filter", options->filters, "until=TIME, label=KEY[=VALUE]", {.type = "NAME=VALUE"});
  return options;
}

void DefineOne(Verb& verb, const Kind& kind, const std::string& what) {
  verb.set_description(absl::StrCat("Remove ", what));
  const auto options = AddPruneFlags(verb);
  if (kind.images || kind.volumes) {
    verb.AddFlag("-a,--all", options->all, "with names too");
  }
  verb.set_action([options, kind, what](const Session& session) {
    return RunPrune(session, *options, {kind}, what);
  });
}

}  // namespace

void DefinePrune(Verb& verb) {
  verb.set_description("Remove what nothing uses");
  const auto options = AddPruneFlags(verb);
  verb.AddFlag("-a,--all", options->all, "all images that no container uses, with names too");
  verb.AddFlag("--volumes", options->volumes, "anonymous volumes too");
  verb.set_footer(
      "Stopped containers are those of the Engine API; pods and their containers stay.");
  verb.set_action([options](const Session& session) { return PruneAll(session, *options); });
}

void DefineContainerPrune(Verb& verb) {
  DefineOne(verb, kContainers, "stopped containers of the Engine API");
}

void DefineImagePrune(Verb& verb) {
  DefineOne(verb, kImages, "images that no container uses, without a name unless -a");
}

void DefineNetworkPrune(Verb& verb) {
  DefineOne(verb, kNetworks, "networks that no container is in");
}

void DefineVolumePrune(Verb& verb) {
  DefineOne(verb, kVolumes, "volumes that no container uses, anonymous ones unless -a");
}

}  // namespace berth::cli
