// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

#include "imageservice/registry/credentials.h"

namespace berth::cri {

// The header X-Registry-Config: by registry, in URL-safe base64. Who pulls which image; nobody
// where it says nothing, or cannot be read, as Docker takes it. An entry that says nothing hides no
// other. Pure.
std::function<imageservice::Credentials(const std::string& reference)> ReadRegistryConfig(
    absl::string_view header);

}  // namespace berth::cri
