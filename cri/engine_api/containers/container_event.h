// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "cri/engine_api/containers/container_record.h"
#include "cri/engine_api/event_hub.h"

namespace berth::cri {

// What has just happened to a container, with its name, image and labels besides `more`, which
// counts.
EngineEvent ContainerEvent(absl::string_view action, const EngineContainerRecord& record,
                           std::map<std::string, std::string> more = {});

// That its volumes are mounted and it is in its networks, or that it is no more. `settings` is
// NetworkSettings of inspect.
enum class Use { kBegins, kEnds };
std::vector<EngineEvent> UseEvents(Use use, const EngineContainerRecord& record,
                                   const Json& settings);

}  // namespace berth::cri
