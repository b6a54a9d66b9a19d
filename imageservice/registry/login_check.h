// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "base/call.h"
#include "imageservice/registry/credentials.h"

namespace berth::imageservice {

// Asks the registry of `credentials.server_address` (Docker Hub for none) whether it takes the
// login, with the settings of its certs.d directory. OK, too, from one that wants none.
// Unauthenticated when it refuses; else errors as of HostSession.
absl::Status CheckLogin(const Call& call, const std::vector<std::string>& registry_dirs,
                        const Credentials& credentials);

}  // namespace berth::imageservice
