// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "cri/engine_api/containers/container_record.h"

namespace berth::cri {

// An image's own labels and variables may be as long as its configuration.
inline constexpr size_t kMaxLogDetails = 16 << 10;  // bytes

// What stands before each line of a log that is read with its details, and ends in a blank: the
// labels and variables that the options `labels` and `env` of the log name, and its `tag`, as
// Docker writes them: "Q=1,tag=web "; without those that there is no room for. Pure.
std::string LogDetails(const EngineContainerRecord& record);

}  // namespace berth::cri
