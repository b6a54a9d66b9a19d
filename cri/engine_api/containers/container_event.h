// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "absl/strings/string_view.h"

#include "cri/engine_api/containers/container_record.h"
#include "cri/engine_api/event_hub.h"

namespace berth::cri {

// What has just happened to a container, with its name, image and labels besides `more`, which
// counts.
EngineEvent ContainerEvent(absl::string_view action, const EngineContainerRecord& record,
                           std::map<std::string, std::string> more = {});

}  // namespace berth::cri
