// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/proxy.h"

#include <cstdlib>

#include "absl/strings/ascii.h"

namespace berth::imageservice {
namespace {

// The variable in lower case, else in upper case. The daemon sets no variables while it runs.
std::string Variable(absl::string_view name) {
  for (const std::string& spelling : {absl::AsciiStrToLower(name), std::string{name}}) {
    const char* value = std::getenv(spelling.c_str());  // NOLINT(concurrency-mt-unsafe) see above
    if (value != nullptr && *value != '\0') {
      return value;
    }
  }
  return "";
}

}  // namespace

ProxySettings ProxySettings::FromEnvironment() {
  const std::string all = Variable("ALL_PROXY");
  ProxySettings settings{.http_proxy = Variable("HTTP_PROXY"),
                         .https_proxy = Variable("HTTPS_PROXY"),
                         .no_proxy = Variable("NO_PROXY")};
  if (settings.http_proxy.empty()) {
    settings.http_proxy = all;
  }
  if (settings.https_proxy.empty()) {
    settings.https_proxy = all;
  }
  return settings;
}

const std::string& ProxySettings::ForUrl(const Url& url) const {
  static const std::string& none = *new std::string();
  if (IsLoopbackHost(url.host)) {
    return none;
  }
  return url.is_https() ? https_proxy : http_proxy;
}

}  // namespace berth::imageservice
