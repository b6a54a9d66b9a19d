// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/credential_store.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/path.h"
#include "base/replace_file.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "imageservice/registry/credential_helper.h"
#include "imageservice/registry/docker_config.h"
#include "imageservice/registry/login.h"

namespace berth::imageservice {
namespace {

constexpr mode_t kOwnersDirectory = 0700;

struct ConfigFile {
  std::string path;
  Json json = Json::object();
  std::string helper;  // for the registry
};

absl::StatusOr<ConfigFile> Load(absl::string_view registry,
                                const std::vector<std::string>& environment) {
  ConfigFile file;
  ASSIGN_OR_RETURN(file.path, ConfigToWrite(environment));
  const absl::StatusOr<std::string> text = ReadFile(file.path, kMaxDockerConfig);
  if (absl::IsNotFound(text.status())) {
    return file;
  }
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(const DockerConfig config, ParseDockerConfig(*text, file.path));
  file.helper = HelperFor(config, registry);
  ASSIGN_OR_RETURN(file.json, ParseJson(*text, kMaxDockerConfig));
  return file.json.is_object()
             ? absl::StatusOr<ConfigFile>(std::move(file))
             : absl::InvalidArgumentError(absl::StrCat(file.path, " holds no JSON object"));
}

// Whoever reads it meanwhile sees the old file or the new one.
absl::Status Replace(const std::string& path, const std::string& text) {
  RETURN_IF_ERROR(EnsureDirectories(std::string(ParentPath(path)), kOwnersDirectory));
  return ReplaceFile(path, [&](int fd) {
    return ToStatus(sys::WriteAll(fd, text.data(), text.size()), "write ", path);
  });
}

absl::Status Save(const ConfigFile& file) {
  const auto replace = Json::error_handler_t::replace;
  return Replace(file.path, absl::StrCat(file.json.dump(1, '\t', false, replace), "\n"));
}

}  // namespace

Json WithLogin(Json config, absl::string_view registry, const Credentials& credentials) {
  config = WithoutLogin(std::move(config), registry);
  Json entry = {{"auth", absl::Base64Escape(absl::StrCat(credentials.username, ":",
                                                         credentials.password.Reveal()))}};
  if (!credentials.identity_token.empty()) {
    entry["identitytoken"] = credentials.identity_token.Reveal();
  }
  config["auths"][ConfigKey(registry)] = std::move(entry);
  return config;
}

Json WithoutLogin(Json config, absl::string_view registry) {
  Json kept = Json::object();
  for (const auto& [key, value] : JsonObject(config, "auths").items()) {
    if (RegistryOfKey(key) != registry) {
      kept[key] = value;
    }
  }
  config["auths"] = std::move(kept);
  return config;
}

absl::StatusOr<std::string> ConfigToWrite(const std::vector<std::string>& environment) {
  constexpr std::pair<const char*, const char*> kPlaces[] = {{"REGISTRY_AUTH_FILE", ""},
                                                             {"DOCKER_CONFIG", "config.json"},
                                                             {"HOME", ".docker/config.json"}};
  for (const auto& [variable, below] : kPlaces) {
    const std::string value = EnvironmentValue(environment, variable);
    if (!value.empty()) {
      return *below == '\0' ? value : JoinPath(value, below);
    }
  }
  return absl::FailedPreconditionError(
      "there is no place for credentials: neither DOCKER_CONFIG nor HOME is set");
}

absl::StatusOr<StoredLogin> StoreLogin(const Call& call, absl::string_view registry,
                                       const Credentials& credentials,
                                       const std::vector<std::string>& environment) {
  ASSIGN_OR_RETURN(ConfigFile file, Load(registry, environment));
  if (!file.helper.empty()) {
    RETURN_IF_ERROR(StoreWithHelper(call, file.helper, registry, credentials, environment));
    return StoredLogin{.place = file.helper, .encrypted = true};
  }
  file.json = WithLogin(std::move(file.json), registry, credentials);
  RETURN_IF_ERROR(Save(file));
  return StoredLogin{.place = file.path};
}

absl::StatusOr<bool> EraseLogin(const Call& call, absl::string_view registry,
                                const std::vector<std::string>& environment) {
  ASSIGN_OR_RETURN(ConfigFile file, Load(registry, environment));
  if (!file.helper.empty()) {
    RETURN_IF_ERROR(EraseWithHelper(call, file.helper, registry, environment));
  }
  Json without = WithoutLogin(file.json, registry);
  const bool had = JsonObject(file.json, "auths").size() != JsonObject(without, "auths").size();
  if (had) {
    file.json = std::move(without);
    RETURN_IF_ERROR(Save(file));
  }
  return had || !file.helper.empty();
}

}  // namespace berth::imageservice
