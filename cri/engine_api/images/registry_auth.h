// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/string_view.h"

#include "imageservice/registry/credentials.h"

namespace berth::cri {

// The header X-Registry-Auth: JSON in URL-safe base64. Empty credentials for none and for what
// cannot be read, as Docker takes it. Pure.
imageservice::Credentials ReadRegistryAuth(absl::string_view header);

}  // namespace berth::cri
