// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_event.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

#include "cri/engine_api/containers/container_mounts.h"
#include "cri/engine_api/networks/network.h"
#include "cri/engine_api/volumes/volume.h"

namespace berth::cri {

EngineEvent ContainerEvent(absl::string_view action, const EngineContainerRecord& record,
                           std::map<std::string, std::string> more) {
  more.emplace("name", record.name);
  more.emplace("image", JsonString(record.config, "Image").value_or(""));
  for (const auto& [key, value] : JsonObject(record.config, "Labels").items()) {
    if (value.is_string()) {
      more.emplace(key, value.get<std::string>());
    }
  }
  return {"container", std::string(action), record.id, std::move(more),
          absl::GetCurrentTimeNanos()};
}

std::vector<EngineEvent> UseEvents(Use use, const EngineContainerRecord& record,
                                   const Json& settings) {
  const bool begins = use == Use::kBegins;
  const int64_t now = absl::GetCurrentTimeNanos();
  std::vector<EngineEvent> events;
  for (const MountSpec& mount : ReadMounts(record.mounts)) {
    if (mount.type != MountSpec::Type::kVolume) {
      continue;
    }
    std::map<std::string, std::string> attributes = {{"container", record.id},
                                                     {"driver", kLocalVolumes}};
    if (begins) {
      attributes["destination"] = mount.target;
      attributes["propagation"] = "";
      attributes["read/write"] = mount.read_only ? "false" : "true";
    }
    events.push_back(
        {"volume", begins ? "mount" : "unmount", mount.source, std::move(attributes), now});
  }
  for (const auto& [name, network] : JsonObject(settings, "Networks").items()) {
    events.push_back({"network",
                      begins ? "connect" : "disconnect",
                      JsonString(network, "NetworkID").value_or(""),
                      {{"container", record.id},
                       {"name", name},
                       {"type", name == kHostNetwork ? "host"
                                : name == kNoNetwork ? "null"
                                                     : "bridge"}},
                      now});
  }
  if (!begins) {
    std::reverse(events.begin(), events.end());
  }
  return events;
}

}  // namespace berth::cri
