// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "cri/engine_api/engine_request.h"
#include "imageservice/image_store.h"

// Whether an image is for the platform that a client names. NotFound, in Docker's words, where it
// is not: clients pull it then. InvalidArgument for what is no platform. Pure.
namespace berth::cri {

// Of "linux/arm64": a machine of that platform can run the image. So can one where nothing is said.
absl::Status CheckRunsOn(absl::string_view platform, const std::string& reference,
                         const imageservice::Image& image);

// Of the request's parameter, {"os": "linux", "architecture": "arm64"}, once or more: the image is
// of each, as it is where nothing is said.
absl::Status CheckIsOf(const EngineRequest& request, absl::string_view parameter,
                       const std::string& reference, const imageservice::Image& image);

}  // namespace berth::cri
