// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_view.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "google/protobuf/util/json_util.h"

#include "base/status.h"
#include "cri/cli/output.h"
#include "imageservice/image/reference.h"

namespace berth::cli {
namespace {

void AppendStrings(const berth::Json& array, std::vector<std::string>& words) {
  for (const berth::Json& word : array) {
    if (word.is_string()) {
      words.push_back(word.get<std::string>());
    }
  }
}

// Asks once for what several containers share.
class Shared {
 public:
  explicit Shared(const Client& client) : client_(client) {}

  const berth::Json& ImageInfo(const std::string& id) {
    auto [entry, added] = images_.try_emplace(id);
    if (added && !id.empty()) {
      if (absl::StatusOr<v1::ImageStatusResponse> image = client_.ImageStatus(id); image.ok()) {
        entry->second = InfoIn(*image);
      }  // else it was removed while the container lives: its command stays unknown
    }
    return entry->second;
  }

  const std::vector<v1::PortMapping>& Ports(const std::string& pod_id) {
    auto [entry, added] = ports_.try_emplace(pod_id);
    if (added) {
      if (absl::StatusOr<v1::PodSandboxStatusResponse> pod = client_.PodStatus(pod_id); pod.ok()) {
        entry->second = PortsIn(InfoIn(*pod));
      }
    }
    return entry->second;
  }

 private:
  const Client& client_;
  std::map<std::string, berth::Json> images_;
  std::map<std::string, std::vector<v1::PortMapping>> ports_;
};

int64_t NanosecondsOf(const berth::Json& json, const char* name) {
  absl::Time time;
  const bool is_time =
      absl::ParseTime(absl::RFC3339_full, JsonString(json, name).value_or(""), &time, nullptr);
  return is_time && time > absl::UnixEpoch() ? absl::ToUnixNanos(time) : 0;  // year 1 is never
}

v1::ContainerState StateOf(const std::string& status) {
  return status == "created"                         ? v1::CONTAINER_CREATED
         : status == "running" || status == "paused" ? v1::CONTAINER_RUNNING
                                                     : v1::CONTAINER_EXITED;
}

// "80/udp" and where the host has it.
void AddPorts(const std::string& name, const berth::Json& bindings,
              std::vector<v1::PortMapping>& ports) {
  v1::PortMapping mapping;
  const std::pair<std::string, std::string> parts = absl::StrSplit(name, '/');
  int32_t port = 0;
  mapping.set_container_port(absl::SimpleAtoi(parts.first, &port) ? port : 0);
  mapping.set_protocol(parts.second == "udp"    ? v1::UDP
                       : parts.second == "sctp" ? v1::SCTP
                                                : v1::TCP);
  for (const berth::Json& binding : bindings) {
    mapping.set_host_ip(JsonString(binding, "HostIp").value_or(""));
    mapping.set_host_port(
        absl::SimpleAtoi(JsonString(binding, "HostPort").value_or(""), &port) ? port : 0);
    ports.push_back(mapping);
  }
  if (bindings.empty()) {
    ports.push_back(mapping);
  }
}

uint64_t SizeIn(const berth::Json& details, const char* name) {
  return static_cast<uint64_t>(std::max(JsonInteger(details, name).value_or(0), int64_t{0}));
}

void AddWhatItHas(const berth::Json& details, ContainerView& view) {
  for (const berth::Json& mount : JsonArray(details, "Mounts")) {
    const std::string name = JsonString(mount, "Name").value_or("");
    view.mounts.push_back(name.empty() ? JsonString(mount, "Source").value_or("") : name);
    view.volumes += JsonString(mount, "Driver").value_or("") == "local" ? 1 : 0;
  }
  for (const auto& [name, endpoint] :
       JsonObject(JsonObject(details, "NetworkSettings"), "Networks").items()) {
    view.networks.push_back(name);
  }
  view.written = SizeIn(details, "SizeRw");
  view.all_files = SizeIn(details, "SizeRootFs");
}

ContainerView ViewOf(const v1::Container& container, const v1::PodSandbox* pod,
                     v1::ContainerStatusResponse& status, Shared& shared) {
  ContainerView view;
  view.id = container.id();
  view.name = ContainerName(container, pod);
  view.pod_id = container.pod_sandbox_id();
  view.pod = pod == nullptr ? "" : pod->metadata().name();
  view.image = imageservice::FamiliarName(status.status().image().image());
  view.image_id = container.image_id();
  view.command = CommandIn(InfoIn(status), shared.ImageInfo(container.image_id()));
  view.paused = JsonFlag(InfoIn(status), "frozen");
  view.status = std::move(*status.mutable_status());
  view.ports = shared.Ports(container.pod_sandbox_id());
  for (const v1::Mount& mount : view.status.mounts()) {
    view.mounts.push_back(mount.host_path());
  }
  return view;
}

}  // namespace

absl::StatusOr<std::vector<ContainerView>> ViewContainers(
    const Client& client, const Inventory& inventory,
    const std::function<bool(const v1::Container&)>& wanted) {
  Shared shared(client);
  std::vector<ContainerView> views;
  for (const v1::Container& container : inventory.containers) {
    if (!wanted(container)) {
      continue;
    }
    absl::StatusOr<v1::ContainerStatusResponse> status = client.ContainerStatus(container.id());
    if (absl::IsNotFound(status.status())) {
      continue;
    }
    RETURN_IF_ERROR(status.status());
    views.push_back(
        ViewOf(container, inventory.FindPod(container.pod_sandbox_id()), *status, shared));
  }
  return views;
}

absl::StatusOr<std::vector<ContainerView>> ViewEngineContainers(const EngineClient& engine,
                                                                bool all, bool sizes,
                                                                const std::string& filters) {
  std::vector<ContainerView> views;
  EngineCall list;
  list.target = EngineTarget({"/containers/json"}, {{"all", all ? "1" : ""}, {"filters", filters}});
  ASSIGN_OR_RETURN(const berth::Json containers, engine.AskJson(list));
  for (const berth::Json& container : containers) {
    EngineCall inspect;
    inspect.target = EngineTarget({"/containers", JsonString(container, "Id").value_or(""), "json"},
                                  {{"size", sizes ? "1" : ""}});
    const absl::StatusOr<berth::Json> details = engine.AskJson(inspect);
    if (!absl::IsNotFound(details.status())) {  // else it has gone meanwhile
      RETURN_IF_ERROR(details.status());
      views.push_back(EngineViewOf(*details));
    }
  }
  return views;
}

absl::Status AddSizes(const Client& client, std::vector<ContainerView>& views) {
  ASSIGN_OR_RETURN(const v1::ListContainerStatsResponse all,
                   client.Call(&Client::Runtime::ListContainerStats,
                               v1::ListContainerStatsRequest(), "asking for sizes"));
  ASSIGN_OR_RETURN(
      const v1::ListImagesResponse images,
      client.Call(&Client::Images::ListImages, v1::ListImagesRequest(), "listing images"));
  std::map<std::string, uint64_t> written, of_images;
  for (const v1::ContainerStats& stats : all.stats()) {
    written[stats.attributes().id()] = stats.writable_layer().used_bytes().value();
  }
  for (const v1::Image& image : images.images()) {
    of_images[image.id()] = image.size();
  }
  for (ContainerView& view : views) {
    view.written = written[view.id];
    view.all_files = view.written + of_images[view.image_id];
  }
  return absl::OkStatus();
}

ContainerView EngineViewOf(const berth::Json& details) {
  const berth::Json& config = JsonObject(details, "Config");
  const berth::Json& state = JsonObject(details, "State");
  ContainerView view;
  view.id = JsonString(details, "Id").value_or("");
  view.name = std::string(absl::StripPrefix(JsonString(details, "Name").value_or(""), "/"));
  view.image = imageservice::FamiliarName(JsonString(config, "Image").value_or(""));
  view.image_id = JsonString(details, "Image").value_or("");
  view.command = {JsonString(details, "Path").value_or("")};
  AppendStrings(JsonArray(details, "Args"), view.command);
  view.paused = JsonFlag(state, "Paused");
  view.health = JsonString(JsonObject(state, "Health"), "Status").value_or("");
  view.status.set_state(StateOf(JsonString(state, "Status").value_or("")));
  view.status.set_created_at(NanosecondsOf(details, "Created"));
  view.status.set_started_at(NanosecondsOf(state, "StartedAt"));
  view.status.set_finished_at(NanosecondsOf(state, "FinishedAt"));
  view.status.set_exit_code(static_cast<int32_t>(JsonInteger(state, "ExitCode").value_or(0)));
  for (const auto& [key, value] : JsonObject(config, "Labels").items()) {
    (*view.status.mutable_labels())[key] = value.is_string() ? value.get<std::string>() : "";
  }
  for (const auto& [port, bindings] :
       JsonObject(JsonObject(details, "NetworkSettings"), "Ports").items()) {
    AddPorts(port, bindings, view.ports);
  }
  AddWhatItHas(details, view);
  return view;
}

std::string StatusOf(const ContainerView& view, absl::Time now) {
  const std::string text = StatusText(view.status, now);
  if (view.paused) {
    return absl::StrCat(text, " (Paused)");
  }
  const bool is_checked = !view.health.empty() && view.health != "none";
  return is_checked && view.status.state() == v1::CONTAINER_RUNNING
             ? absl::StrCat(text, " (", view.health == "starting" ? "health: " : "", view.health,
                            ")")
             : text;
}

absl::StatusOr<std::vector<PodView>> ViewPods(const Client& client, const Inventory& inventory) {
  std::vector<PodView> views;
  for (const v1::PodSandbox& pod : inventory.pods) {
    absl::StatusOr<v1::PodSandboxStatusResponse> status = client.PodStatus(pod.id());
    if (absl::IsNotFound(status.status())) {
      continue;
    }
    RETURN_IF_ERROR(status.status());
    PodView view{.pod = pod, .ips = {}, .ports = PortsIn(InfoIn(*status))};
    const v1::PodSandboxNetworkStatus& network = status->status().network();
    if (!network.ip().empty()) {
      view.ips.push_back(network.ip());
    }
    for (const v1::PodIP& ip : network.additional_ips()) {
      view.ips.push_back(ip.ip());
    }
    const std::vector<const v1::Container*> containers = inventory.ContainersOf(pod.id());
    view.containers = containers.size();
    view.running = static_cast<size_t>(
        std::count_if(containers.begin(), containers.end(), [](const v1::Container* container) {
          return container->state() == v1::CONTAINER_RUNNING;
        }));
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<std::string> CommandIn(const berth::Json& container_info,
                                   const berth::Json& image_info) {
  std::vector<std::string> words;
  const berth::Json& asked = JsonObject(container_info, "config");
  const berth::Json& declared = JsonObject(JsonObject(image_info, "imageSpec"), "config");
  // As CRI merges them: a command replaces the image's both, arguments its command only.
  const bool has_command = !JsonArray(asked, "command").empty();
  const bool has_arguments = !JsonArray(asked, "args").empty();
  AppendStrings(has_command ? JsonArray(asked, "command") : JsonArray(declared, "Entrypoint"),
                words);
  AppendStrings(
      has_command || has_arguments ? JsonArray(asked, "args") : JsonArray(declared, "Cmd"), words);
  return words;
}

std::vector<v1::PortMapping> PortsIn(const berth::Json& pod_info) {
  std::vector<v1::PortMapping> ports;
  for (const berth::Json& port : JsonArray(JsonObject(pod_info, "config"), "portMappings")) {
    v1::PortMapping mapping;
    if (google::protobuf::util::JsonStringToMessage(port.dump(), &mapping).ok()) {
      ports.push_back(std::move(mapping));
    }
  }
  return ports;
}

}  // namespace berth::cli
