// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

#include "imageservice/registry/url.h"

namespace berth::imageservice {

// Through which proxy requests go, from the variables that every program knows. Lower-case names
// win.
struct ProxySettings {
  std::string http_proxy;
  std::string https_proxy;
  std::string no_proxy;  // names, domains, addresses and CIDR blocks, separated by commas

  // HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY of the environment.
  static ProxySettings FromEnvironment();

  // The proxy for requests to `url`, empty for none. Loopback is never proxied. Whether no_proxy
  // covers the host is left to libcurl.
  const std::string& ForUrl(const Url& url) const;
};

}  // namespace berth::imageservice
