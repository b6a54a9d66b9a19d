// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"

#include "base/json.h"

namespace berth::cri {

// Completes the Config of a request by that of its image (the member "config" of its document), as
// Docker does: what the request leaves empty is the image's; environment, labels, exposed ports and
// volumes are joined, and the request's count. An entrypoint of the request drops the image's
// command. InvalidArgument when nothing is left to execute. Pure.
absl::Status CompleteByImage(const Json& image_config, Json& config);

}  // namespace berth::cri
