// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "imageservice/registry/http_client.h"
#include "imageservice/registry/url.h"

namespace berth::imageservice {

// One server that can be asked for the images of a registry.
struct RegistryHost {
  Url base;                     // https://mirror:5000/v2; nothing after the last component
  bool is_scheme_known = true;  // false: loopback; plain HTTP or TLS, whichever answers
  bool can_pull = true;
  bool can_resolve = true;
  bool can_push = true;
  bool gets_credentials = false;  // the registry itself, or a mirror that may have them
  std::string ns;  // the registry that a mirror is asked for; empty for the registry itself
  TlsSettings tls;
  std::vector<HttpHeader> headers;
  absl::Duration connect_timeout = absl::Seconds(30);
  std::vector<std::string> realms;  // hosts that may hand out tokens besides those of its own site
};

// The servers for `registry` (a reference's host, docker.io), in the order in which they are to be
// asked, by the first of the directories that exists: <dir>/host_port_, <dir>/host:port or
// <dir>/_default, with a hosts.toml or, where there is none, Docker's *.crt, *.cert and *.key
// files. Without any of these: the registry itself over TLS, docker.io being registry-1.docker.io.
// InvalidArgument, naming file and line, when something there is malformed or a certificate is
// missing.
absl::StatusOr<std::vector<RegistryHost>> LoadRegistryHosts(
    const std::vector<std::string>& registry_dirs, absl::string_view registry);

// The one that takes pushes: by the same files and in the same order the first that may. Errors as
// above, and InvalidArgument when none may.
absl::StatusOr<RegistryHost> LoadPushHost(const std::vector<std::string>& registry_dirs,
                                          absl::string_view registry);

// The one that is asked whether a login is good: the first, in the same order, at the registry's
// own address, whatever else it may be asked. Errors as of LoadRegistryHosts.
absl::StatusOr<RegistryHost> LoadLoginHost(const std::vector<std::string>& registry_dirs,
                                           absl::string_view registry);

}  // namespace berth::imageservice
