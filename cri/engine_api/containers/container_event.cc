// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_event.h"

#include <utility>

#include "absl/time/clock.h"

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

}  // namespace berth::cri
