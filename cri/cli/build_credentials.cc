// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_credentials.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/call.h"
#include "base/json.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/images.h"
#include "cri/engine_head.h"
#include "imageservice/registry/docker_config.h"

namespace berth::cli {
namespace {

constexpr char kHeader[] = "X-Registry-Config";
constexpr size_t kOfTheClient = 1024;  // bytes of the head that every call has
constexpr size_t kAroundHeader = 4;    // ": " and the end of the line
constexpr char kDefaultRegistry[] = "docker.io";

// How little is to be said for a registry[/path], an argument being able to part it from its path.
int RankOf(const std::string& registry, absl::string_view text) {
  const auto is_named = [text](const std::string& name) {
    return name == kDefaultRegistry || absl::StrContains(text, name);
  };
  if (is_named(registry)) {
    return 0;
  }
  return is_named(registry.substr(0, registry.find('/'))) ? 1 : 2;
}

}  // namespace

RegistryConfig FormatRegistryConfig(const std::map<std::string, imageservice::Credentials>& known,
                                    absl::string_view text, size_t room) {
  std::multimap<int, std::string> ranked;
  for (const auto& [registry, credentials] : known) {
    ranked.emplace(RankOf(registry, text), registry);
  }
  const size_t limit = room / 4 * 3;  // before base64
  size_t size = 2;
  RegistryConfig config;
  berth::Json json = berth::Json::object();
  for (const auto& [rank, registry] : ranked) {
    berth::Json each = AuthConfigOf(known.at(registry));
    const size_t more = FormatJson(registry).size() + FormatJson(each).size() + 2;  // ":" and ","
    if (size + more > limit) {
      config.left_out.push_back(registry);
      continue;
    }
    size += more;
    json[registry] = std::move(each);
  }
  config.header = json.empty() ? "" : absl::WebSafeBase64Escape(FormatJson(json));
  return config;
}

size_t RoomInHead(const EngineCall& call) {
  size_t used = kOfTheClient + call.target.size() + sizeof(kHeader) + kAroundHeader;
  for (const auto& [name, value] : call.headers) {
    used += name.size() + value.size() + kAroundHeader;
  }
  return cri::kMaxEngineHead - std::min(used, cri::kMaxEngineHead);
}

void AddCredentials(EngineCall& call, absl::string_view text) {
  const imageservice::KnownCredentials known =
      imageservice::ListCredentials(Call::WithTimeout(kHelperTimeout), OwnEnvironment());
  for (const std::string& failure : known.failures) {
    PrintError(absl::UnknownError(absl::StrCat("passed over: ", failure)));
  }
  const RegistryConfig config = FormatRegistryConfig(known.by_registry, text, RoomInHead(call));
  if (!config.left_out.empty()) {
    PrintError(absl::ResourceExhaustedError(absl::StrCat(
        "passed over: the credentials of ", absl::StrJoin(config.left_out, ", "),
        ": a request has no room for so many\n  DOCKER_CONFIG or REGISTRY_AUTH_FILE may name "
        "fewer")));
  }
  if (!config.header.empty()) {
    call.headers.emplace_back(kHeader, config.header);
  }
}

}  // namespace berth::cli
