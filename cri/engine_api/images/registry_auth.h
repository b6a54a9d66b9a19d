// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "base/json.h"
#include "cri/engine_api/router.h"
#include "imageservice/registry/credentials.h"

namespace berth::cri {

// The header X-Registry-Auth: JSON in URL-safe base64. Empty credentials for none and for what
// cannot be read, as Docker takes it. Pure.
imageservice::Credentials ReadRegistryAuth(absl::string_view header);

// The same of the JSON itself. Pure.
imageservice::Credentials CredentialsOf(const Json& json);

// What a registry says of a login: Unauthenticated when it refuses.
using CheckLogin =
    std::function<absl::Status(const Call& call, const imageservice::Credentials& credentials)>;

// POST /auth: 200 "Login Succeeded", or 401.
void AddAuthRoutes(Router& router, CheckLogin check);

}  // namespace berth::cri
