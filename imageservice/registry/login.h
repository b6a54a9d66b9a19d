// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/secret.h"
#include "imageservice/registry/credentials.h"

namespace berth::imageservice {

// What is left of Credentials when it is decided which of its parts counts: one of the three, or
// none.
struct Login {
  std::string username;
  Secret password;        // with a user name; may be empty
  Secret identity_token;  // a refresh token for the token server
  Secret registry_token;  // a bearer token for the registry

  bool has_password() const { return !username.empty(); }
  bool is_anonymous() const {
    return username.empty() && identity_token.empty() && registry_token.empty();
  }
};

// User name and password come first, then the identity token, `auth` and the registry token.
// Anonymous when server_address names another registry. InvalidArgument when `auth` is not
// base64 of user:password.
absl::StatusOr<Login> ChooseLogin(const Credentials& credentials, absl::string_view registry);

// user:password out of base64, trailing null bytes dropped. InvalidArgument when it is none.
absl::StatusOr<Login> DecodeAuth(const Secret& auth);

// The registry that a server address means, as it stands in a reference: scheme and path are
// dropped, and every name of Docker Hub is docker.io.
std::string RegistryOfAddress(absl::string_view address);

// How Docker's configuration and credential helpers call a registry: Docker Hub by an address of
// its own.
std::string ConfigKey(absl::string_view registry);

}  // namespace berth::imageservice
