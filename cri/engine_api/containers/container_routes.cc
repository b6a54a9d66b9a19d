// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_routes.h"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "base/path.h"
#include "base/signal_name.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "cri/engine_api/containers/container_json.h"
#include "cri/engine_api/containers/container_mounts.h"
#include "cri/engine_api/containers/container_recipe.h"
#include "cri/engine_api/containers/container_size.h"
#include "cri/engine_api/containers/port_filter.h"
#include "cri/engine_api/filters.h"
#include "cri/engine_api/images/image_name.h"
#include "cri/engine_api/json_fields.h"
#include "cri/engine_api/name_patterns.h"
#include "runtime/pod_file_names.h"

namespace berth::cri {
namespace {

constexpr absl::string_view kListFilters[] = {
    "ancestor",  "before", "exited",  "expose",  "health", "id",     "is-task",
    "label",     "name",   "network", "publish", "since",  "status", "volume",
    "isolation",  // of Windows: says nothing here, as with Docker
};

constexpr absl::string_view kStatuses[] = {"created",  "dead",       "exited", "paused",
                                           "removing", "restarting", "running"};

constexpr ApiVersion kAliasesAsGiven = {1, 45};

constexpr int32_t kNoExitCode = 125;  // as of a client that could not do what it was to

// In Docker's words.
absl::Status CheckStatuses(const Filters& filters) {
  for (const std::string& status : filters.Values("status")) {
    if (std::find(std::begin(kStatuses), std::end(kStatuses), status) == std::end(kStatuses)) {
      return absl::InvalidArgumentError(absl::StrCat("invalid filter 'status=", status, "'"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> QueryNumber(const EngineRequest& request, absl::string_view name,
                                    int64_t fallback) {
  const std::string text = request.Query(name);
  int64_t number = fallback;
  if (!text.empty() && !absl::SimpleAtoi(text, &number)) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": \"", text, "\" is no number"));
  }
  return number;
}

// 0 for an empty text.
absl::StatusOr<int> ReadSignal(const EngineRequest& request) {
  const std::string text = request.Query("signal");
  return text.empty() ? 0 : ParseSignal(text);
}

absl::StatusOr<StopChoice> ReadStopChoice(const EngineRequest& request) {
  StopChoice choice;
  ASSIGN_OR_RETURN(choice.signal, ReadSignal(request));
  if (!request.Query("t").empty()) {
    ASSIGN_OR_RETURN(const int64_t seconds, QueryNumber(request, "t", 0));
    choice.grace = absl::Seconds(seconds);
  }
  return choice;
}

void SetUsualIpc(ApiVersion version, Json& host_config) {
  constexpr ApiVersion kFirstPrivate = {1, 40};
  if (JsonString(host_config, "IpcMode").value_or("").empty()) {
    host_config["IpcMode"] = version < kFirstPrivate ? "shareable" : "private";
  }
}

// Older clients mean the mount alone, and have no word for more.
absl::Status SetUsualReadOnly(ApiVersion version, CreateContainerRequest& request) {
  constexpr ApiVersion kFirstRecursive = {1, 44};
  request.read_only_below = version >= kFirstRecursive;
  for (const Json& mount : JsonArray(request.host_config, "Mounts")) {
    if (!request.read_only_below &&
        JsonFlag(JsonObject(mount, "BindOptions"), "ReadOnlyForceRecursive")) {
      return absl::InvalidArgumentError(
          "BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer");
    }
  }
  return absl::OkStatus();
}

// What a list is asked for, but for networks, mounts and images.
struct Wanted {
  explicit Wanted(const Filters& all) : filters(all), names(all, "name"), ids(all, "id") {}

  const Filters& filters;
  const NamePatterns names, ids;
  int64_t before = std::numeric_limits<int64_t>::max();  // creation, ns
  int64_t since = std::numeric_limits<int64_t>::min();
};

std::map<std::string, std::string> LabelsOf(const EngineContainerRecord& record) {
  std::map<std::string, std::string> labels;
  for (const auto& [key, value] : JsonObject(record.config, "Labels").items()) {
    labels[key] = value.is_string() ? value.get<std::string>() : "";
  }
  return labels;
}

class ContainerRoutes {
 public:
  ContainerRoutes(ContainerEngine& engine, const EngineParts& parts, ListExecs execs)
      : engine_(engine), parts_(parts), execs_(std::move(execs)) {}

  absl::Status Create(Exchange& exchange) const {
    const std::string snapshot = exchange.request().Query("snapshot");
    ASSIGN_OR_RETURN(Json body, snapshot.empty()
                                    ? ReadJsonBody(exchange)
                                    : ReadSnapshot(snapshot, exchange.request().Flag("trust")));
    CreateContainerRequest request;
    request.name = exchange.request().Query("name");
    if (!snapshot.empty() && request.name.empty()) {
      request.name = JsonString(body, kRecipeName).value_or("");
    }
    request.platform = exchange.request().Query("platform");
    request.resumes = !snapshot.empty() && exchange.request().Flag("checkpoint");
    JsonFields fields(body);
    request.host_config = fields.Object("HostConfig");
    request.networking = JsonObject(fields.Object("NetworkingConfig"), "EndpointsConfig");
    RETURN_IF_ERROR(fields.status());
    SetUsualIpc(exchange.request().version, request.host_config);
    RETURN_IF_ERROR(SetUsualReadOnly(exchange.request().version, request));
    body.erase("HostConfig");
    body.erase("NetworkingConfig");
    request.config = std::move(body);
    const std::vector<std::string> warnings =
        DropMissingLimits(ReadNodeControls, request.host_config);
    ASSIGN_OR_RETURN(const std::string id, engine_.Create(exchange.call(), request));
    exchange.SendCreated({{"Id", id}, {"Warnings", warnings}});
    return absl::OkStatus();
  }

  absl::Status List(Exchange& exchange) const {
    const EngineRequest& request = exchange.request();
    ASSIGN_OR_RETURN(const Filters filters, Filters::Parse(request.Query("filters"), kListFilters));
    RETURN_IF_ERROR(CheckStatuses(filters));
    ASSIGN_OR_RETURN(const int64_t limit, QueryNumber(request, "limit", 0));
    const bool all =
        request.Flag("all") || limit > 0 || filters.Has("status") || filters.Has("exited");
    const std::set<std::string> ancestors = AncestorsOf(filters);
    Wanted wanted(filters);
    RETURN_IF_ERROR(FindBounds(wanted));
    ASSIGN_OR_RETURN(const PortFilter ports, PortFilter::Read(filters));
    ASSIGN_OR_RETURN(const bool tasks, filters.Bool("is-task", false));  // of swarms
    Json list = Json::array();
    for (const EngineContainerRecord& record : engine_.All()) {
      if (limit > 0 && list.size() >= static_cast<size_t>(limit)) {
        break;
      }
      if (tasks || (!all && !record.state.running()) || !IsWanted(record, wanted) ||
          !IsOfImage(record, ancestors, filters)) {
        continue;
      }
      const LiveFacts facts = FactsOf(record);
      if (IsInNetworks(facts, filters) && HasMount(facts, filters) && ports.Takes(facts.ports)) {
        list.push_back(ContainerSummary(record, facts, absl::Now()));
        if (request.Flag("size")) {
          AddSizes(parts_.images, record, list.back());
        }
      }
    }
    exchange.SendJson(list);
    return absl::OkStatus();
  }

  absl::Status Inspect(Exchange& exchange, const std::string& name) const {
    ASSIGN_OR_RETURN(const EngineContainerRecord record, engine_.FindAny(name));
    LiveFacts facts = FactsOf(record);
    facts.etc = EtcOf(record);
    facts.exec_ids = execs_(record.id);
    if (exchange.request().version < kAliasesAsGiven) {
      AddIdsToAliases(record.id, JsonString(record.config, "Hostname").value_or(""),
                      facts.networks);
    }
    Json details = ContainerDetails(record, facts);
    if (exchange.request().Flag("size")) {
      AddSizes(parts_.images, record, details);
    }
    exchange.SendJson(details);
    return absl::OkStatus();
  }

  absl::Status Wait(Exchange& exchange, const std::string& name) const {
    const std::string text = exchange.request().Query("condition");
    if (text != "" && text != "not-running" && text != "next-exit" && text != "removed") {
      return absl::InvalidArgumentError(absl::StrCat("invalid condition: \"", text, "\""));
    }
    const WaitCondition condition = text == "next-exit" ? WaitCondition::kNextExit
                                    : text == "removed" ? WaitCondition::kRemoved
                                                        : WaitCondition::kNotRunning;
    const absl::StatusOr<int32_t> code =
        engine_.Wait(exchange.call(), name, condition, [&] { exchange.Begin("application/json"); });
    if (!code.ok() && !exchange.answered()) {
      return code.status();
    }
    Json answer = {{"StatusCode", code.value_or(kNoExitCode)}};
    if (!code.ok()) {  // clients look for it there
      answer["Error"] = {{"Message", std::string(code.status().message())}};
    }
    exchange.Write(FormatJson(answer));
    return absl::OkStatus();
  }

  absl::Status Prune(Exchange& exchange) const {
    constexpr absl::string_view kPruneFilters[] = {"label", "label!", "until"};
    ASSIGN_OR_RETURN(const Filters filters,
                     Filters::Parse(exchange.request().Query("filters"), kPruneFilters));
    ASSIGN_OR_RETURN(const absl::Time until, filters.Until(absl::Now()));
    Json deleted = Json::array();
    int64_t reclaimed = 0;
    for (const EngineContainerRecord& record : engine_.All()) {
      const bool idle = !record.state.running() && !record.state.dead() &&
                        record.state.status != EngineStatus::kRestarting;
      if (!idle || absl::FromUnixNanos(record.created_at) > until ||
          !filters.TakesLabels(LabelsOf(record))) {
        continue;
      }
      Json sizes = Json::object();
      AddSizes(parts_.images, record, sizes);
      if (engine_.Remove(exchange.call(), record.id, {}).ok()) {
        deleted.push_back(record.id);
        reclaimed += JsonInteger(sizes, "SizeRw").value_or(0);
      }
    }
    parts_.events.Tell("container", "prune", "", {{"reclaimed", absl::StrCat(reclaimed)}});
    exchange.SendJson({{"ContainersDeleted", deleted}, {"SpaceReclaimed", reclaimed}});
    return absl::OkStatus();
  }

  absl::Status Kill(Exchange& exchange, const std::string& name) const {
    ASSIGN_OR_RETURN(const int signal, ReadSignal(exchange.request()));
    RETURN_IF_ERROR(engine_.Kill(exchange.call(), name, signal == 0 ? SIGKILL : signal));
    return Done(exchange, true);
  }

  absl::Status Update(Exchange& exchange, const std::string& name) const {
    ASSIGN_OR_RETURN(Json body, ReadJsonBody(exchange));
    const std::vector<std::string> warnings = DropMissingLimits(ReadNodeControls, body);
    RETURN_IF_ERROR(engine_.Update(exchange.call(), name, body));
    exchange.SendJson({{"Warnings", warnings}});
    return absl::OkStatus();
  }

  // 204, or 304 where nothing was to be done.
  static absl::Status Done(Exchange& exchange, bool changed) {
    exchange.Send(changed ? 204 : 304, {}, "");
    return absl::OkStatus();
  }

 private:
  // The request that a snapshot is. FailedPrecondition when it asks for rights on this node, unless
  // it is trusted.
  absl::StatusOr<Json> ReadSnapshot(const std::string& image, bool is_trusted) const {
    const auto annotations = parts_.images.Annotations(image);
    if (absl::IsNotFound(annotations.status())) {
      return NoSuchImage(image);
    }
    RETURN_IF_ERROR(annotations.status());
    const auto recipe = annotations->find(kRecipeAnnotation);
    if (recipe == annotations->end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the image ", image, " is no snapshot of a container"));
    }
    ASSIGN_OR_RETURN(Json body, ParseRecipe(recipe->second, image));
    const std::vector<std::string> rights = RightsAsked(body);
    if (!is_trusted && !rights.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the snapshot ", image, " asks for more than its container on this node: ",
                       absl::StrJoin(rights, ", "), "; it gets that only if it is trusted"));
    }
    return body;
  }

  // Its pod's, or of one that has run what that has left, if it has.
  std::string EtcOf(const EngineContainerRecord& record) const {
    if (record.state.running()) {
      const runtime::PodRuntime& door = record.of_pod ? parts_.pods : parts_.runtime;
      const auto pod = door.FindPod(record.state.pod_id);
      return pod.ok() ? pod->directory : "";
    }
    if (record.state.finished_at == 0 || record.of_pod) {
      return "";
    }
    std::string own(ParentPath(engine_.LogPath(record.id)));
    const bool has_all = absl::c_all_of(runtime::kPodFileNames, [&own](const char* name) {
      return sys::StatAt(AT_FDCWD, JoinPath(own, name).c_str(), AT_SYMLINK_NOFOLLOW).ok();
    });
    return has_all ? own : "";
  }

  LiveFacts FactsOf(const EngineContainerRecord& record) const {
    LiveFacts facts;
    facts.log_path = engine_.LogPath(record.id);
    facts.networks = parts_.networks.Settings(record.id);
    facts.ports = parts_.networks.Ports(record.id);
    facts.mounts = MountPoints(
        ReadMounts(record.mounts), record.host_config,
        [this](const std::string& volume) { return parts_.volumes.Mountpoint(volume); });
    if (record.state.running()) {
      if (const auto container = parts_.runtime.FindContainer(record.id); container.ok()) {
        facts.pid = container->pid;
      }
    }
    return facts;
  }

  // By the filter `network`, which has names and ids.
  static bool IsInNetworks(const LiveFacts& facts, const Filters& filters) {
    const std::vector<std::string>& wanted = filters.Values("network");
    const Json networks = JsonObject(facts.networks, "Networks");
    const auto items = networks.items();
    return wanted.empty() || std::any_of(items.begin(), items.end(), [&](const auto& network) {
             const std::string id = JsonString(network.value(), "NetworkID").value_or("");
             return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
               return network.key() == name || (!name.empty() && absl::StartsWith(id, name));
             });
           });
  }

  // By the filter `volume`, which has names of volumes and places in containers.
  static bool HasMount(const LiveFacts& facts, const Filters& filters) {
    return !filters.Has("volume") ||
           std::any_of(facts.mounts.begin(), facts.mounts.end(), [&](const Json& mount) {
             return filters.Takes("volume", JsonString(mount, "Name").value_or("")) ||
                    filters.Takes("volume", JsonString(mount, "Destination").value_or(""));
           });
  }

  // The ids of the images that the filter `ancestor` names.
  std::set<std::string> AncestorsOf(const Filters& filters) const {
    std::set<std::string> ids;
    for (const std::string& name : filters.Values("ancestor")) {
      const absl::StatusOr<imageservice::Image> image = parts_.images.Find(name);
      if (image.ok()) {
        ids.insert(image->id);
      }
    }
    return ids;
  }

  // By what the image is, or by how it was called.
  static bool IsOfImage(const EngineContainerRecord& record, const std::set<std::string>& ancestors,
                        const Filters& filters) {
    return ancestors.find(record.image_id) != ancestors.end() ||
           filters.Takes("ancestor", JsonString(record.config, "Image").value_or(""));
  }

  // NotFound for a container that a filter names.
  absl::Status FindBounds(Wanted& wanted) const {
    for (const std::string& name : wanted.filters.Values("before")) {
      ASSIGN_OR_RETURN(const EngineContainerRecord other, engine_.Find(name));
      wanted.before = other.created_at;
    }
    for (const std::string& name : wanted.filters.Values("since")) {
      ASSIGN_OR_RETURN(const EngineContainerRecord other, engine_.Find(name));
      wanted.since = other.created_at;
    }
    return absl::OkStatus();
  }

  static bool IsWanted(const EngineContainerRecord& record, const Wanted& wanted) {
    const Filters& filters = wanted.filters;
    return filters.TakesLabels(LabelsOf(record)) &&
           filters.Takes("status", std::string(NameOf(record.state.status))) &&
           filters.Takes("health", NameOf(record.state.health.status)) &&
           (!filters.Has("exited") ||
            (record.state.status == EngineStatus::kExited &&
             filters.Takes("exited", absl::StrCat(record.state.exit_code)))) &&
           wanted.ids.Take(record.id) &&
           (wanted.names.Take(record.name) || wanted.names.Take("/" + record.name)) &&
           record.created_at < wanted.before && record.created_at > wanted.since;
  }

  ContainerEngine& engine_;
  const EngineParts parts_;
  const ListExecs execs_;
};

}  // namespace

void AddContainerRoutes(Router& router, ContainerEngine& engine, const EngineParts& parts,
                        ListExecs execs) {
  const ContainerRoutes routes(engine, parts, std::move(execs));
  const auto add = [&router](const char* method, const char* pattern, auto handler) {
    router.Add(method, pattern, handler);
  };
  using std::string;
  add("POST", "/containers/create",
      [routes](Exchange& e, const string&) { return routes.Create(e); });
  add("GET", "/containers/json", [routes](Exchange& e, const string&) { return routes.List(e); });
  add("POST", "/containers/prune",
      [routes](Exchange& e, const string&) { return routes.Prune(e); });
  add("GET", "/containers/*/json",
      [routes](Exchange& e, const string& name) { return routes.Inspect(e, name); });
  add("POST", "/containers/*/wait",
      [routes](Exchange& e, const string& name) { return routes.Wait(e, name); });
  add("POST", "/containers/*/kill",
      [routes](Exchange& e, const string& name) { return routes.Kill(e, name); });
  add("POST", "/containers/*/update",
      [routes](Exchange& e, const string& name) { return routes.Update(e, name); });
  add("POST", "/containers/*/start", [&engine](Exchange& e, const string& name) -> absl::Status {
    ASSIGN_OR_RETURN(const bool started, engine.Start(e.call(), name));
    return ContainerRoutes::Done(e, started);
  });
  add("POST", "/containers/*/stop", [&engine](Exchange& e, const string& name) -> absl::Status {
    ASSIGN_OR_RETURN(const StopChoice choice, ReadStopChoice(e.request()));
    ASSIGN_OR_RETURN(const bool stopped, engine.Stop(e.call(), name, choice));
    return ContainerRoutes::Done(e, stopped);
  });
  add("POST", "/containers/*/restart", [&engine](Exchange& e, const string& name) -> absl::Status {
    ASSIGN_OR_RETURN(const StopChoice choice, ReadStopChoice(e.request()));
    RETURN_IF_ERROR(engine.Restart(e.call(), name, choice));
    return ContainerRoutes::Done(e, true);
  });
  for (const bool paused : {true, false}) {
    add("POST", paused ? "/containers/*/pause" : "/containers/*/unpause",
        [&engine, paused](Exchange& e, const string& name) -> absl::Status {
          RETURN_IF_ERROR(engine.SetPaused(e.call(), name, paused, PausedBy::kUser));
          return ContainerRoutes::Done(e, true);
        });
  }
  add("POST", "/containers/*/rename", [&engine](Exchange& e, const string& name) -> absl::Status {
    RETURN_IF_ERROR(engine.Rename(name, e.request().Query("name")));
    return ContainerRoutes::Done(e, true);
  });
  add("DELETE", "/containers/*", [&engine](Exchange& e, const string& name) -> absl::Status {
    if (e.request().Flag("link")) {
      return absl::UnimplementedError(
          "a link is a part of its container, and goes with it: it cannot be removed alone");
    }
    RETURN_IF_ERROR(engine.Remove(
        e.call(), name, {.force = e.request().Flag("force"), .volumes = e.request().Flag("v")}));
    return ContainerRoutes::Done(e, true);
  });
}

}  // namespace berth::cri
