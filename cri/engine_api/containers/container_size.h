// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/json.h"
#include "cri/engine_api/containers/container_record.h"
#include "imageservice/image_store.h"

namespace berth::cri {

// Puts SizeRw (what the container has written; seconds old) and SizeRootFs (with its image) into
// what is told of it.
void AddSizes(const imageservice::ImageStore& images, const EngineContainerRecord& record,
              Json& entry);

}  // namespace berth::cri
