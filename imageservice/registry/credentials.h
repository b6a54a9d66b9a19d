// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/secret.h"

namespace berth::imageservice {

// Who pulls, as CRI's AuthConfig and docker's config.json say it. All empty: anonymous.
struct Credentials {
  std::string username;
  Secret password;
  Secret auth;  // base64 of user:password
  std::string server_address;
  Secret identity_token;  // a refresh token
  Secret registry_token;  // a bearer token
};

}  // namespace berth::imageservice
