// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "base/json.h"
#include "imageservice/registry/credentials.h"

// The writing side of docker_config.h: `login` and `logout`. For the command line.
namespace berth::imageservice {

// The configuration with these credentials in `auths`, or without any for the registry; all else
// stays. Pure.
Json WithLogin(Json config, absl::string_view registry, const Credentials& credentials);
Json WithoutLogin(Json config, absl::string_view registry);

// The one file that is written: $REGISTRY_AUTH_FILE, $DOCKER_CONFIG/config.json or
// ~/.docker/config.json. FailedPrecondition when none of the variables is set. Pure.
absl::StatusOr<std::string> ConfigToWrite(const std::vector<std::string>& environment);

// Where credentials went.
struct StoredLogin {
  std::string place;       // the file, or the helper's program
  bool encrypted = false;  // a helper has them
};

// Keeps the credentials for `registry` with the helper that the file names for it, else in the
// file, which is replaced as a whole and readable by its owner only.
absl::StatusOr<StoredLogin> StoreLogin(const Call& call, absl::string_view registry,
                                       const Credentials& credentials,
                                       const std::vector<std::string>& environment);

// Forgets them. False when there were none.
absl::StatusOr<bool> EraseLogin(const Call& call, absl::string_view registry,
                                const std::vector<std::string>& environment);

}  // namespace berth::imageservice
