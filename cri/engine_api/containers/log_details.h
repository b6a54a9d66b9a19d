// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cri/engine_api/containers/container_record.h"

namespace berth::cri {

// What stands before each line of a log that is read with its details, and ends in a blank: the
// labels and variables that the options `labels` and `env` of the log name, and its `tag`, as
// Docker writes them: "Q=1,tag=web ". Pure.
std::string LogDetails(const EngineContainerRecord& record);

}  // namespace berth::cri
