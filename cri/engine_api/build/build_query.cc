// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/build_query.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/json.h"
#include "base/path.h"
#include "base/status.h"
#include "cri/engine_api/host_entry.h"
#include "cri/engine_api/images/registry_auth.h"
#include "cri/engine_api/ulimits.h"
#include "imageservice/build/build_limits.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxQueryJson = 64 << 10;
constexpr size_t kMaxNames = 100;
constexpr int64_t kUnlimited = -1;

// {"NAME": "value"}; a null is no value.
absl::StatusOr<imageservice::VariableMap> ReadMap(const EngineRequest& request,
                                                  const std::string& name) {
  imageservice::VariableMap map;
  const std::string text = request.Query(name);
  if (text.empty()) {
    return map;
  }
  const absl::StatusOr<Json> json = ParseJson(text, kMaxQueryJson);
  if (!json.ok() || !(json->is_object() || json->is_null())) {
    return absl::InvalidArgumentError(absl::StrCat("error reading ", name));
  }
  for (const auto& [key, value] : json->items()) {
    if (value.is_string()) {
      map[key] = value.get<std::string>();
    } else if (!value.is_null()) {
      return absl::InvalidArgumentError(absl::StrCat("error reading ", name, ": ", key));
    }
  }
  return map;
}

absl::StatusOr<int64_t> ReadNumber(const EngineRequest& request, absl::string_view name,
                                   int64_t least = 0) {
  const std::string text = request.Query(name);
  int64_t number = 0;
  if (!text.empty() && (!absl::SimpleAtoi(text, &number) || number < least)) {
    return absl::InvalidArgumentError(absl::StrCat("invalid ", name, ": ", text));
  }
  return number;
}

absl::Status ReadUlimits(const EngineRequest& request, imageservice::StepLimits& limits) {
  const std::string text = request.Query("ulimits");
  if (text.empty()) {
    return absl::OkStatus();
  }
  const absl::StatusOr<Json> json = ParseJson(text, kMaxQueryJson);
  if (!json.ok() || !(json->is_array() || json->is_null())) {
    return absl::InvalidArgumentError("ulimits: not an array of JSON");
  }
  ASSIGN_OR_RETURN(const std::vector<UlimitSpec> ulimits, ParseUlimits(*json, "ulimits"));
  for (const UlimitSpec& each : ulimits) {
    ASSIGN_OR_RETURN(const runtime::Rlimit limit, PlanUlimit(each));
    limits.rlimits.push_back({limit.resource, limit.soft, limit.hard});
  }
  return absl::OkStatus();
}

absl::Status ReadLimits(const EngineRequest& request, imageservice::StepLimits& limits) {
  ASSIGN_OR_RETURN(limits.memory, ReadNumber(request, "memory"));
  ASSIGN_OR_RETURN(limits.memory_swap, ReadNumber(request, "memswap", kUnlimited));
  ASSIGN_OR_RETURN(limits.cpu_shares, ReadNumber(request, "cpushares"));
  ASSIGN_OR_RETURN(limits.cpu_period, ReadNumber(request, "cpuperiod"));
  ASSIGN_OR_RETURN(limits.cpu_quota, ReadNumber(request, "cpuquota", kUnlimited));
  ASSIGN_OR_RETURN(limits.shm_size, ReadNumber(request, "shmsize"));
  limits.cpus = request.Query("cpusetcpus");
  limits.memory_nodes = request.Query("cpusetmems");
  return ReadUlimits(request, limits);
}

absl::Status ReadHosts(const EngineRequest& request, std::map<std::string, std::string>& hosts) {
  const std::string text = request.Query("extrahosts");
  for (const absl::string_view each : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    ASSIGN_OR_RETURN(const HostEntry entry, ParseHostEntry(each));
    hosts[entry.name] = entry.address;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadNetwork(const EngineRequest& request) {
  const std::string mode = request.Query("networkmode");
  if (mode.empty() || mode == "bridge") {
    return std::string("default");
  }
  if (mode != "default" && mode != "host" && mode != "none") {
    return absl::UnimplementedError(
        absl::StrCat("a build on the network ", mode, " is not there yet"));
  }
  return mode;
}

absl::Status BadHeader(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(kBuildHeader, ": ", why));
}

absl::Status ReadSecrets(const Json& json, std::map<std::string, Secret>& secrets) {
  size_t size = 0;
  for (const auto& [id, value] : json.items()) {
    std::string bytes;
    if (!value.is_string() || !absl::Base64Unescape(value.get<std::string>(), &bytes)) {
      return BadHeader(absl::StrCat("secret ", id, ": not in base64"));
    }
    size += bytes.size();
    if (size > imageservice::kMaxSecrets) {
      return BadHeader(absl::StrCat("secret ", id, ": all together have more than ",
                                    imageservice::kMaxSecrets, " bytes"));
    }
    secrets.emplace(id, Secret(std::move(bytes)));
  }
  return absl::OkStatus();
}

absl::Status ReadAgents(const Json& json, std::map<std::string, std::string>& agents) {
  for (const auto& [id, value] : json.items()) {
    if (!value.is_string() || !IsAbsolutePath(value.get<std::string>())) {
      return BadHeader(absl::StrCat("agent ", id, ": not an absolute path"));
    }
    agents[id] = value.get<std::string>();
  }
  return absl::OkStatus();
}

// No error repeats what a secret may be part of.
absl::Status ReadBuildHeader(const EngineRequest& request, imageservice::BuildRequest& build) {
  const std::string text = request.Header(kBuildHeader);
  if (text.empty()) {
    return absl::OkStatus();
  }
  const absl::StatusOr<Json> json = ParseJson(text, kMaxQueryJson);
  if (!json.ok() || !json->is_object()) {
    return BadHeader("not an object of JSON");
  }
  for (const auto& [name, value] : json->items()) {
    if (name != "secrets" && name != "agents") {
      return BadHeader(absl::StrCat("it has no ", name));
    }
    if (!value.is_object()) {
      return BadHeader(absl::StrCat(name, ": not an object"));
    }
  }
  RETURN_IF_ERROR(ReadSecrets(JsonObject(*json, "secrets"), build.secrets));
  return ReadAgents(JsonObject(*json, "agents"), build.agents);
}

// What a build makes is an image of this daemon: that may be asked for as BuildKit has it, too.
absl::Status CheckOutput(const Json& output) {
  const std::optional<std::string> type = JsonString(output, "Type");
  if (!type.has_value()) {
    return absl::InvalidArgumentError("invalid outputs specified: an output without a type");
  }
  if (*type != "moby" && *type != "image") {
    return absl::UnimplementedError(
        absl::StrCat("outputs of type ", *type, " need BuildKit, which this daemon has not"));
  }
  for (const auto& [name, value] : JsonObject(output, "Attrs").items()) {
    if (name != "type" || value != "image") {
      return absl::UnimplementedError(absl::StrCat("outputs with the attribute ", name,
                                                   " need BuildKit, which this daemon has not"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckOutputs(const EngineRequest& request) {
  const std::string text = request.Query("outputs");
  if (text.empty()) {
    return absl::OkStatus();
  }
  const absl::StatusOr<Json> outputs = ParseJson(text, kMaxQueryJson);
  if (!outputs.ok() || !(outputs->is_array() || outputs->is_null())) {
    return absl::InvalidArgumentError("invalid outputs specified: not an array of JSON");
  }
  if (outputs->size() > 1) {
    return absl::InvalidArgumentError("multiple outputs not supported");
  }
  return outputs->empty() ? absl::OkStatus() : CheckOutput(outputs->front());
}

absl::Status CheckOurs(const EngineRequest& request) {
  if (request.Query("version") == "2") {
    return absl::UnimplementedError("this daemon has no BuildKit: set DOCKER_BUILDKIT=0");
  }
  if (request.Flag("squash")) {
    return absl::InvalidArgumentError("squash is only supported with experimental mode");
  }
  for (const char* name : {"cgroupparent", "securityopt"}) {
    const std::string value = request.Query(name);
    if (!value.empty() && value != "null" && value != "[]") {
      return absl::UnimplementedError(absl::StrCat("a build with ", name, " is not there yet"));
    }
  }
  return CheckOutputs(request);
}

}  // namespace

absl::StatusOr<BuildQuery> ReadBuildQuery(const EngineRequest& request) {
  RETURN_IF_ERROR(CheckOurs(request));
  BuildQuery query;
  query.quiet = request.Flag("q");
  const std::string progress = request.Header(kProgressHeader);
  if (!progress.empty() && progress != kProgressStages) {
    return absl::InvalidArgumentError(absl::StrCat(kProgressHeader, ": ", progress));
  }
  query.tells_stages = !progress.empty();
  imageservice::BuildRequest& build = query.request;
  if (!request.Query("dockerfile").empty()) {
    build.dockerfile = CleanPath(absl::StrCat("/", request.Query("dockerfile"))).substr(1);
  }
  build.remote = request.Query("remote") == "client-session" ? "" : request.Query("remote");
  build.target = request.Query("target");
  ASSIGN_OR_RETURN(build.arguments, ReadMap(request, "buildargs"));
  ASSIGN_OR_RETURN(build.labels, ReadMap(request, "labels"));
  for (const std::string& name : request.QueryAll("t")) {
    if (!name.empty()) {
      build.names.push_back(name);
    }
  }
  if (build.names.size() > kMaxNames) {
    return absl::InvalidArgumentError(absl::StrCat("an image has at most ", kMaxNames, " names"));
  }
  build.platform = request.Query("platform");
  build.no_cache = request.Flag("nocache");
  build.pull = request.Flag("pull");
  ASSIGN_OR_RETURN(build.network, ReadNetwork(request));
  RETURN_IF_ERROR(ReadHosts(request, build.hosts));
  RETURN_IF_ERROR(ReadLimits(request, build.limits));
  RETURN_IF_ERROR(ReadBuildHeader(request, build));
  return query;
}

}  // namespace berth::cri
