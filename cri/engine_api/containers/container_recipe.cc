// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_recipe.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/short_id.h"
#include "cri/engine_api/networks/network.h"

namespace berth::cri {
namespace {

// What has nothing but the container in its hands, whatever its value.
constexpr absl::string_view kHarmless[] = {"AutoRemove",
                                           "BlkioWeight",
                                           "CapDrop",
                                           "ConsoleSize",
                                           "CpuPercent",
                                           "CpuPeriod",
                                           "CpuQuota",
                                           "CpuShares",
                                           "CpusetCpus",
                                           "CpusetMems",
                                           "Dns",
                                           "DnsOptions",
                                           "DnsSearch",
                                           "ExtraHosts",
                                           "GroupAdd",
                                           "Init",
                                           "LogConfig",
                                           "Memory",
                                           "MemoryReservation",
                                           "MemorySwap",
                                           "NanoCpus",
                                           "MemorySwappiness",
                                           "PidsLimit",
                                           "PortBindings",
                                           "PublishAllPorts",
                                           "ReadonlyRootfs",
                                           "RestartPolicy",
                                           "ShmSize",
                                           "Tmpfs",
                                           "Ulimits"};

// Lists that replace the usual protection: an empty one takes it away, only null leaves it.
constexpr absl::string_view kProtections[] = {"MaskedPaths", "ReadonlyPaths"};

// Modes of namespaces that are the container's own.
constexpr absl::string_view kOwnModes[] = {"", "default", "bridge", "none", "private", "shareable"};

bool IsUnset(const Json& value) {
  return value.is_null() || value == false || value == "" || value == 0 ||
         (value.is_structured() && value.empty());
}

bool IsOwnMode(const Json& value) {
  return value.is_string() && absl::c_linear_search(kOwnModes, value.get<std::string>());
}

// A volume without a name, or memory.
bool IsOwnMount(const Json& mount) {
  const std::string type = JsonString(mount, "Type").value_or("");
  return type == "tmpfs" || (type == "volume" && JsonString(mount, "Source").value_or("").empty() &&
                             IsUnset(JsonObject(mount, "VolumeOptions")));
}

bool IsTightening(const Json& option) {
  return option == "no-new-privileges" || option == "no-new-privileges:true" ||
         option == "no-new-privileges=true";
}

template <typename Check>
bool AreAll(const Json& values, Check check) {
  return values.is_array() && absl::c_all_of(values, check);
}

bool IsHarmless(const std::string& field, const Json& value) {
  if (absl::c_linear_search(kProtections, field)) {
    return value.is_null();
  }
  if (IsUnset(value) || absl::c_linear_search(kHarmless, field)) {
    return true;
  }
  if (absl::EndsWith(field, "Mode")) {
    return IsOwnMode(value);
  }
  if (field == "OomScoreAdj") {
    return value.is_number_integer() && value >= 0;
  }
  if (field == "Mounts") {
    return AreAll(value, IsOwnMount);
  }
  return field == "SecurityOpt" && AreAll(value, IsTightening);
}

// EndpointsConfig; what was not asked for is made anew.
Json EndpointsOf(const Json& networks) {
  Json endpoints = Json::object();
  for (const auto& [name, settings] : networks.items()) {
    if (IsPredefinedNetwork(name)) {
      continue;
    }
    Json& endpoint = endpoints[name] = Json::object();
    for (const char* field : {"Aliases", "IPAMConfig", "Links", "GwPriority"}) {
      if (const auto found = settings.find(field); found != settings.end() && !IsUnset(*found)) {
        endpoint[field] = *found;
      }
    }
  }
  return endpoints;
}

}  // namespace

absl::StatusOr<std::string> FormatRecipe(const EngineContainerRecord& record,
                                         const Json& networks) {
  Json body = record.config;
  body.erase("Image");
  if (JsonString(body, "Hostname") == ShortId(record.id)) {
    body.erase("Hostname");
  }
  body["HostConfig"] = record.host_config;
  if (Json endpoints = EndpointsOf(networks); !endpoints.empty()) {
    body["NetworkingConfig"] = {{"EndpointsConfig", std::move(endpoints)}};
  }
  body[kRecipeName] = record.name;
  std::string text = FormatJson(body);
  if (text.size() > kMaxRecipe) {
    return absl::ResourceExhaustedError(absl::StrCat("the container's configuration has ",
                                                     text.size(), " bytes, of a snapshot ",
                                                     kMaxRecipe, " are the limit"));
  }
  return text;
}

absl::StatusOr<Json> ParseRecipe(absl::string_view text, const std::string& image) {
  absl::StatusOr<Json> body = ParseJson(text, kMaxRecipe);
  if (!body.ok() || !body->is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the snapshot ", image, " has no recipe that can be read"));
  }
  (*body)["Image"] = image;
  body->erase("MacAddress");  // an address in a network of another node's
  return body;
}

std::vector<std::string> RightsAsked(const Json& body) {
  std::vector<std::string> rights;
  for (const auto& [field, value] : JsonObject(body, "HostConfig").items()) {
    if (!IsHarmless(field, value)) {
      rights.push_back(field);
    }
  }
  const Json& networking = JsonObject(body, "NetworkingConfig");
  if (!JsonObject(networking, "EndpointsConfig").empty()) {
    rights.emplace_back("NetworkingConfig");
  }
  return rights;
}

}  // namespace berth::cri
