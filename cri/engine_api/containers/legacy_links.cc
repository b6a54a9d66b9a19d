// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/legacy_links.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/plain_name.h"
#include "base/short_id.h"
#include "cri/engine_api/networks/network.h"

namespace berth::cri {
namespace {

struct Port {
  int number = 0;
  std::string protocol;
};

// tcp first, then by number, as Docker has them.
std::vector<Port> ExposedPorts(const EngineContainerRecord& record) {
  std::vector<Port> ports;
  for (const auto& [name, value] : JsonObject(record.config, "ExposedPorts").items()) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(name, absl::MaxSplits('/', 1));
    Port port{.protocol = parts.second.empty() ? "tcp" : parts.second};
    if (absl::SimpleAtoi(parts.first, &port.number)) {
      ports.push_back(std::move(port));
    }
  }
  std::sort(ports.begin(), ports.end(), [](const Port& a, const Port& b) {
    return std::tuple(a.protocol != "tcp", a.number) < std::tuple(b.protocol != "tcp", b.number);
  });
  return ports;
}

std::vector<std::string> VariablesOf(const std::string& name, const LegacyLink& link,
                                     const EngineContainerRecord& other,
                                     const std::string& address) {
  const std::string prefix = absl::StrReplaceAll(absl::AsciiStrToUpper(link.alias), {{"-", "_"}});
  std::vector<std::string> variables;
  for (const Port& port : ExposedPorts(other)) {
    const std::string url = absl::StrCat(port.protocol, "://", address, ":", port.number);
    if (variables.empty()) {
      variables.push_back(absl::StrCat(prefix, "_PORT=", url));
    }
    const std::string one =
        absl::StrCat(prefix, "_PORT_", port.number, "_", absl::AsciiStrToUpper(port.protocol));
    variables.push_back(absl::StrCat(one, "=", url));
    variables.push_back(absl::StrCat(one, "_ADDR=", address));
    variables.push_back(absl::StrCat(one, "_PORT=", port.number));
    variables.push_back(absl::StrCat(one, "_PROTO=", port.protocol));
  }
  variables.push_back(absl::StrCat(prefix, "_NAME=/", name, "/", link.alias));
  for (const Json& entry : JsonArray(other.config, "Env")) {
    const std::string text = entry.is_string() ? entry.get<std::string>() : "";
    if (absl::StrContains(text, '=') && !absl::StartsWith(text, "PATH=") &&
        !absl::StartsWith(text, "HOME=")) {
      variables.push_back(absl::StrCat(prefix, "_ENV_", text));
    }
  }
  return variables;
}

}  // namespace

std::vector<LegacyLink> LegacyLinksOf(const Json& host_config) {
  std::vector<LegacyLink> links;
  if (NetworkOfMode(JsonString(host_config, "NetworkMode").value_or("")) != kBridgeNetwork) {
    return links;
  }
  for (const Json& entry : JsonArray(host_config, "Links")) {
    const std::string text = entry.is_string() ? entry.get<std::string>() : "";
    const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
    LegacyLink link;
    link.name = std::string(absl::StripPrefix(parts.first, "/"));
    link.alias = parts.second.substr(parts.second.rfind('/') + 1);  // npos + 1 is 0
    link.alias = link.alias.empty() ? link.name : link.alias;
    links.push_back(std::move(link));
  }
  return links;
}

absl::Status CheckAlias(const LegacyLink& link) {
  return IsPlainName(link.alias) ? absl::OkStatus()
                                 : absl::InvalidArgumentError(absl::StrCat(
                                       "invalid alias of a link to ", link.name, ": \"", link.alias,
                                       "\": only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"));
}

void AddLegacyLink(const std::string& name, const LegacyLink& link,
                   const EngineContainerRecord& other, const std::string& address,
                   ContainerSpec& spec) {
  for (const std::string& known : {link.alias, ShortId(other.id), other.name}) {
    const std::string line = absl::StrCat(known, "=", address);
    if (std::find(spec.extra_hosts.begin(), spec.extra_hosts.end(), line) ==
        spec.extra_hosts.end()) {
      spec.extra_hosts.push_back(line);
    }
  }
  std::vector<std::string> variables = VariablesOf(name, link, other, address);
  variables.insert(variables.end(), spec.environment.begin(), spec.environment.end());
  spec.environment = std::move(variables);
}

}  // namespace berth::cri
