// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
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
};

constexpr Kind kContainers = {"/containers/prune", "Deleted Containers", "ContainersDeleted"};
constexpr Kind kNetworks = {"/networks/prune", "Deleted Networks", "NetworksDeleted"};
constexpr Kind kVolumes = {"/volumes/prune", "Deleted Volumes", "VolumesDeleted"};
constexpr Kind kImages = {"/images/prune", "Deleted Images", "ImagesDeleted", true};
constexpr Kind kBuilds = {"/build/prune", "Deleted build cache objects", "CachesDeleted"};

absl::Status CheckFilter(const std::string& filter) {
  return filter.find('=') == std::string::npos
             ? absl::InvalidArgumentError(absl::StrCat("--filter ", filter, " is no NAME=VALUE"))
             : absl::OkStatus();
}

std::string FiltersOf(const PruneOptions& options, const Kind& kind) {
  berth::Json filters = berth::Json::object();
  for (const std::string& filter : options.filters) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(filter, absl::MaxSplits('=', 1));
    filters[parts.first].push_back(parts.second);
  }
  if (kind.images) {
    filters["dangling"].push_back(options.all ? "false" : "true");
  }
  return filters.empty() ? "" : FormatJson(filters);
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
  EngineCall call;
  call.method = "POST";
  call.target = EngineTarget(
      {kind.path}, {{"filters", FiltersOf(options, kind)}, {"all", options.all ? "1" : ""}});
  ASSIGN_OR_RETURN(const berth::Json answer, engine.AskJson(call));
  std::string text;
  for (const berth::Json& entry : JsonArray(answer, kind.deleted)) {
    absl::StrAppend(&text, Line(entry));
  }
  if (!text.empty()) {
    Print(absl::StrCat(kind.title, ":\n", text, "\n"));
  }
  return static_cast<uint64_t>(JsonInteger(answer, "SpaceReclaimed").value_or(0));
}

absl::StatusOr<bool> Confirmed(const PruneOptions& options) {
  if (options.force) {
    return true;
  }
  if (isatty(STDIN_FILENO) == 0) {
    return absl::FailedPreconditionError(
        "nobody can be asked: say -f to remove without a question");
  }
  Print(absl::StrCat("This removes stopped containers, networks",
                     options.volumes ? ", volumes" : "",
                     options.all ? ", images" : ", images without a name",
                     " that no container uses, and the build cache. Go on? [y/N] "));
  const std::string answer = TypedLine(/*hidden=*/false);
  return answer == "y" || answer == "Y";
}

absl::StatusOr<int> RunPrune(const Session& session, const PruneOptions& options) {
  for (const std::string& filter : options.filters) {
    RETURN_IF_ERROR(CheckFilter(filter));
  }
  ASSIGN_OR_RETURN(const bool confirmed, Confirmed(options));
  if (!confirmed) {
    return kExitFailure;
  }
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  std::vector<Kind> kinds = {kContainers, kNetworks};
  if (options.volumes) {
    kinds.push_back(kVolumes);
  }
  kinds.insert(kinds.end(), {kImages, kBuilds});
  uint64_t bytes = 0;
  for (const Kind& kind : kinds) {
    ASSIGN_OR_RETURN(const uint64_t more, Prune(engine, options, kind));
    bytes += more;
  }
  Print(absl::StrCat("Total reclaimed space: ", HumanSize(bytes), "\n"));
  return 0;
}

}  // namespace

void DefinePrune(Verb& verb) {
  verb.set_description("Remove what nothing uses");
  auto options = std::make_shared<PruneOptions>();
  verb.AddFlag("-a,--all", options->all, "all images that no container uses, with names too");
  verb.AddFlag("--volumes", options->volumes, "anonymous volumes too");
  verb.AddFlag("-f,--force", options->force, "without a question");
  verb.Add("--filter", options->filters, "until=TIME, label=KEY[=VALUE]", {.type = "NAME=VALUE"});
  verb.set_footer(
      "Stopped containers are those of the Engine API; pods and their containers stay.");
  verb.set_action([options](const Session& session) { return RunPrune(session, *options); });
}

}  // namespace berth::cli
