// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/memory_size.h"
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
  std::string kept;  // bytes of the build cache that may stay, as ParseMemorySize reads them
  std::vector<std::string> filters;
};

struct Kind {
  const char* path;
  const char* title;
  const char* deleted;  // the answer's list
  bool images = false;
  bool volumes = false;  // of which -a takes those with names, too
  bool builds = false;
};

constexpr Kind kContainers = {"/containers/prune", "Deleted Containers", "ContainersDeleted"};
constexpr Kind kNetworks = {"/networks/prune", "Deleted Networks", "NetworksDeleted"};
constexpr Kind kVolumes = {"/volumes/prune", "Deleted Volumes", "VolumesDeleted", false, true};
// Whatever is said of images: a name says that somebody wants the volume kept.
constexpr Kind kAnonymousVolumes = {"/volumes/prune", "Deleted Volumes", "VolumesDeleted"};
constexpr Kind kImages = {"/images/prune", "Deleted Images", "ImagesDeleted", true};
constexpr Kind kBuilds = {
    "/build/prune", "Deleted build cache objects", "CachesDeleted", false, false, true};

std::string FiltersOf(FilterMap filters, const PruneOptions& options, const Kind& kind) {
  if (kind.builds) {
    filters.erase("label!");  // all of it is without a label
  }
  if (kind.images) {
    filters["dangling"].push_back(options.all ? "false" : "true");
  }
  if (kind.volumes && options.all) {
    filters["all"].push_back("true");
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
  std::vector<std::pair<std::string, std::string>> query = {
      {"filters", FiltersOf(filters, options, kind)},
      {"all", kind.builds && options.all ? "1" : ""}};
  if (!options.kept.empty()) {
    ASSIGN_OR_RETURN(const int64_t bytes, ParseMemorySize(options.kept));
    query.emplace_back("keep-storage", absl::StrCat(bytes));
  }
  ASSIGN_OR_RETURN(const berth::Json answer,
                   engine.AskJson(PostCall(EngineTarget({kind.path}, query))));
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
  ASSIGN_OR_RETURN(const FilterMap filters, ParseFilters(options.filters));
  if (options.volumes && filters.count("until") > 0) {
    return absl::InvalidArgumentError(R"(the "until" filter is not supported with "--volumes")");
  }
  std::vector<Kind> kinds = {kContainers, kNetworks};
  if (options.volumes) {
    kinds.push_back(kAnonymousVolumes);
  }
  kinds.push_back(kImages);
  if (filters.count("label") == 0) {  // the build cache has none
    kinds.push_back(kBuilds);
  }
  return RunPrune(
      session, options, kinds,
      absl::StrCat("stopped containers, networks", options.volumes ? ", anonymous volumes" : "",
                   options.all ? ", images" : ", images without a name", " that no container uses",
                   kinds.back().builds ? ", and the build cache" : ""));
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

void DefineBuilderPrune(Verb& verb) {
  verb.set_description("Remove the build cache");
  const auto options = AddPruneFlags(verb);
  verb.AddFlag("-a,--all", options->all, "as docker has it; all of it goes anyway");
  verb.Add("--keep-storage", options->kept, "that may stay, of what was used last",
           {.type = "SIZE"});
  verb.set_footer("Filters: until, id, type and what else docker builder prune knows.");
  verb.set_action([options](const Session& session) {
    return RunPrune(session, *options, {kBuilds}, "the build cache");
  });
}

void DefineVolumePrune(Verb& verb) {
  DefineOne(verb, kVolumes, "volumes that no container uses, anonymous ones unless -a");
}

void DefineBuilder(Verb& verb) {
  constexpr NamedVerb kVerbs[] = {{"build", DefineBuild}, {"prune", DefineBuilderPrune}};
  verb.set_description("Builds and their cache");
  AddVerbs(verb, kVerbs);
}

}  // namespace berth::cli
