// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/login.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"

#include "base/status.h"

namespace berth::imageservice {

std::string RegistryOfAddress(absl::string_view address) {
  if (!absl::ConsumePrefix(&address, "https://")) {
    absl::ConsumePrefix(&address, "http://");
  }
  std::string host = absl::AsciiStrToLower(address.substr(0, address.find('/')));
  if (host == "index.docker.io" || host == "registry-1.docker.io" || host == "www.docker.io") {
    return "docker.io";
  }
  return host;
}

absl::StatusOr<Login> DecodeAuth(const Secret& auth) {
  std::string decoded;
  const bool is_base64 = absl::Base64Unescape(auth.Reveal(), &decoded);
  const size_t colon = decoded.find(':');
  if (!is_base64 || colon == std::string::npos || colon == 0) {
    return absl::InvalidArgumentError("the credentials' \"auth\" is not base64 of user:password");
  }
  std::string password = decoded.substr(colon + 1);
  while (!password.empty() && password.back() == '\0') {
    password.pop_back();
  }
  Login login;
  login.username = decoded.substr(0, colon);
  login.password = Secret(std::move(password));
  return login;
}

absl::StatusOr<Login> ChooseLogin(const Credentials& credentials, absl::string_view registry) {
  if (!credentials.server_address.empty() &&
      RegistryOfAddress(credentials.server_address) != RegistryOfAddress(registry)) {
    return Login();
  }
  Login login;
  if (!credentials.username.empty()) {
    login.username = credentials.username;
    login.password = credentials.password;
  } else if (!credentials.identity_token.empty()) {
    login.identity_token = credentials.identity_token;
  } else if (!credentials.auth.empty()) {
    ASSIGN_OR_RETURN(login, DecodeAuth(credentials.auth));
  } else {
    login.registry_token = credentials.registry_token;
  }
  return login;
}

std::string ConfigKey(absl::string_view registry) {
  return std::string(registry == "docker.io" ? "https://index.docker.io/v1/" : registry);
}

}  // namespace berth::imageservice
