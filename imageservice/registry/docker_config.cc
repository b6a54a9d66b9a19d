// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/docker_config.h"

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/status.h"
#include "imageservice/registry/credential_helper.h"
#include "imageservice/registry/login.h"

namespace berth::imageservice {
namespace {

absl::StatusOr<Credentials> ParseAuth(const Json& entry) {
  Credentials credentials;
  credentials.auth = Secret(JsonString(entry, "auth").value_or(""));
  credentials.username = JsonString(entry, "username").value_or("");
  credentials.password = Secret(JsonString(entry, "password").value_or(""));
  credentials.identity_token = Secret(JsonString(entry, "identitytoken").value_or(""));
  credentials.registry_token = Secret(JsonString(entry, "registrytoken").value_or(""));
  if (!credentials.auth.empty()) {
    RETURN_IF_ERROR(DecodeAuth(credentials.auth).status());
  }
  return credentials;
}

// An empty one where there is no such file, or none for this user.
absl::StatusOr<DockerConfig> ReadConfig(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path, kMaxDockerConfig);
  const std::optional<int> error = ErrnoOf(text.status());
  if (error == ENOENT || error == EACCES || error == ENOTDIR) {
    return DockerConfig();
  }
  RETURN_IF_ERROR(text.status());
  return ParseDockerConfig(*text, path);
}

// Empty ones where the registry has no helper, or that knows none.
absl::StatusOr<Credentials> OfHelper(const Call& call, const DockerConfig& config,
                                     const std::string& registry,
                                     const std::vector<std::string>& environment) {
  const std::string helper = HelperFor(config, registry);
  return helper.empty() ? Credentials() : AskCredentialHelper(call, helper, registry, environment);
}

absl::StatusOr<Credentials> FromFile(const Call& call, const std::string& path,
                                     const ImageReference& reference,
                                     const std::vector<std::string>& environment) {
  ASSIGN_OR_RETURN(const DockerConfig config, ReadConfig(path));
  ASSIGN_OR_RETURN(Credentials found, OfHelper(call, config, reference.host(), environment));
  return IsAnonymous(found) ? FindAuth(config, reference).value_or(Credentials()) : found;
}

}  // namespace

std::string RegistryOfKey(absl::string_view key) {
  absl::string_view rest = key;
  if (!absl::ConsumePrefix(&rest, "https://")) {
    absl::ConsumePrefix(&rest, "http://");
  }
  while (absl::ConsumeSuffix(&rest, "/")) {
  }
  const size_t slash = rest.find('/');
  absl::string_view path = slash == absl::string_view::npos ? "" : rest.substr(slash);
  if (path == "/v1" || path == "/v2") {
    path = "";
  }
  return absl::StrCat(RegistryOfAddress(rest), path);
}

absl::StatusOr<DockerConfig> ParseDockerConfig(absl::string_view text, absl::string_view name) {
  absl::StatusOr<Json> json = ParseJson(text, kMaxDockerConfig);
  if (!json.ok()) {
    return Annotate(json.status(), name);
  }
  DockerConfig config;
  for (const auto& item : JsonObject(*json, "auths").items()) {
    absl::StatusOr<Credentials> credentials = ParseAuth(item.value());
    if (!credentials.ok()) {
      return Annotate(credentials.status(), absl::StrCat(name, ": ", item.key()));
    }
    const std::string registry = RegistryOfKey(item.key());
    config.registries.insert(registry);
    if (!IsAnonymous(*credentials)) {
      config.auths.emplace(registry, *std::move(credentials));
    }
  }
  for (const auto& item : JsonObject(*json, "credHelpers").items()) {
    if (item.value().is_string()) {
      const std::string registry = RegistryOfKey(item.key());
      config.registries.insert(registry);
      config.cred_helpers.emplace(registry, item.value().get<std::string>());
    }
  }
  config.creds_store = JsonString(*json, "credsStore").value_or("");
  return config;
}

bool IsAnonymous(const Credentials& credentials) {
  return credentials.auth.empty() && credentials.username.empty() &&
         credentials.identity_token.empty() && credentials.registry_token.empty();
}

std::optional<Credentials> FindAuth(const DockerConfig& config, const ImageReference& reference) {
  std::string key = reference.repository();
  while (true) {
    if (auto found = config.auths.find(key); found != config.auths.end()) {
      Credentials credentials = found->second;
      credentials.server_address = reference.host();
      return credentials;
    }
    size_t slash = key.rfind('/');
    if (slash == std::string::npos) {
      return std::nullopt;
    }
    key.resize(slash);
  }
}

std::string HelperFor(const DockerConfig& config, absl::string_view registry) {
  auto found = config.cred_helpers.find(std::string{registry});
  return found == config.cred_helpers.end() ? config.creds_store : found->second;
}

std::vector<std::string> CredentialFiles(const std::vector<std::string>& environment) {
  if (std::string only = EnvironmentValue(environment, "REGISTRY_AUTH_FILE"); !only.empty()) {
    return {only};
  }
  std::vector<std::string> files;
  auto add = [&](absl::string_view variable, absl::string_view path) {
    if (std::string directory = EnvironmentValue(environment, variable); !directory.empty()) {
      files.push_back(JoinPath(directory, path));
    }
  };
  add("DOCKER_CONFIG", "config.json");
  add("XDG_RUNTIME_DIR", "containers/auth.json");
  files.emplace_back("/run/containers/0/auth.json");
  add("HOME", ".config/containers/auth.json");
  add("HOME", ".docker/config.json");
  return files;
}

absl::StatusOr<Credentials> FindCredentials(const Call& call, const ImageReference& reference,
                                            const std::vector<std::string>& environment) {
  for (const std::string& path : CredentialFiles(environment)) {
    ASSIGN_OR_RETURN(Credentials credentials, FromFile(call, path, reference, environment));
    if (!IsAnonymous(credentials)) {
      return credentials;
    }
  }
  return Credentials();
}

KnownCredentials ListCredentials(const Call& call, const std::vector<std::string>& environment) {
  KnownCredentials known;
  std::map<std::string, std::vector<std::string>> unhelped;  // registries by what went wrong
  for (const std::string& path : CredentialFiles(environment)) {
    const absl::StatusOr<DockerConfig> config = ReadConfig(path);
    if (!config.ok()) {
      known.failures.emplace_back(config.status().message());
      continue;
    }
    for (const std::string& registry : config->registries) {
      if (known.by_registry.count(registry) != 0) {
        continue;
      }
      const absl::StatusOr<Credentials> helped = OfHelper(call, *config, registry, environment);
      const auto own = config->auths.find(registry);
      if (helped.ok() && !IsAnonymous(*helped)) {
        known.by_registry.emplace(registry, *helped);
      } else if (own != config->auths.end()) {
        known.by_registry.emplace(registry, own->second);
      }
      if (!helped.ok()) {
        unhelped[std::string(helped.status().message())].push_back(registry);
      }
    }
  }
  for (const auto& [why, registries] : unhelped) {
    known.failures.push_back(
        absl::StrCat("the credentials of ", absl::StrJoin(registries, ", "), ": ", why));
  }
  return known;
}

}  // namespace berth::imageservice
