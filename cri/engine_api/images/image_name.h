// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"

namespace berth::cri {

// "name", "name:tag" or "name@digest" of the two parameters that Docker's clients send. Pure.
std::string JoinTag(const std::string& name, const std::string& tag);

// NotFound in Docker's words, of the name as Docker understands it: "app" is app:latest. Pure.
absl::Status NoSuchImage(const std::string& name);

}  // namespace berth::cri
