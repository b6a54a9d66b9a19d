// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/image_defaults.h"

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"

namespace berth::cri {
namespace {

bool IsEmpty(const Json& config, const char* name) {
  const auto found = config.find(name);
  return found == config.end() || found->is_null() || found->empty() ||
         (found->is_string() && found->get_ref<const std::string&>().empty());
}

void TakeIfEmpty(const Json& image_config, Json& config, const char* name) {
  if (IsEmpty(config, name) && !IsEmpty(image_config, name)) {
    config[name] = image_config[name];
  }
}

// Members that the request does not have.
void Join(const Json& image_config, Json& config, const char* name) {
  for (const auto& [key, value] : JsonObject(image_config, name).items()) {
    if (!config[name].is_object()) {
      config[name] = Json::object();
    }
    if (!config[name].contains(key)) {
      config[name][key] = value;
    }
  }
}

std::string KeyOf(const Json& entry) {
  const std::string text = entry.is_string() ? entry.get<std::string>() : "";
  return text.substr(0, text.find('='));
}

// The image's variables first, without those that the request sets. One without a "=" is removed.
void JoinEnvironment(const Json& image_config, Json& config) {
  const Json asked = JsonArray(config, "Env");
  Json joined = Json::array();
  for (const Json& entry : JsonArray(image_config, "Env")) {
    const bool replaced = std::any_of(asked.begin(), asked.end(), [&](const Json& other) {
      return KeyOf(other) == KeyOf(entry);
    });
    if (!replaced) {
      joined.push_back(entry);
    }
  }
  for (const Json& entry : asked) {
    if (entry.is_string() && entry.get_ref<const std::string&>().find('=') != std::string::npos) {
      joined.push_back(entry);
    }
  }
  config["Env"] = std::move(joined);
}

// Field by field, so that a client may change the interval of the image's check.
void CompleteHealthcheck(const Json& image_config, Json& config) {
  const Json& of_image = JsonObject(image_config, "Healthcheck");
  if (of_image.empty() || (!IsEmpty(config, "Healthcheck") && !config["Healthcheck"].is_object())) {
    return;
  }
  Json& check = config["Healthcheck"];
  for (const auto& [name, value] : of_image.items()) {
    if (IsEmpty(check, name.c_str()) || check[name] == 0) {
      check[name] = value;
    }
  }
}

}  // namespace

absl::Status CompleteByImage(const Json& image_config, Json& config) {
  for (const char* name : {"User", "WorkingDir", "StopSignal", "Shell"}) {
    TakeIfEmpty(image_config, config, name);
  }
  for (const char* name : {"Labels", "ExposedPorts", "Volumes"}) {
    Join(image_config, config, name);
  }
  JoinEnvironment(image_config, config);
  CompleteHealthcheck(image_config, config);
  // [""] is how a client takes the image's entrypoint away.
  const bool none = config.contains("Entrypoint") && config["Entrypoint"] == Json::array({""});
  if (none) {
    config["Entrypoint"] = nullptr;
  } else if (IsEmpty(config, "Entrypoint")) {
    TakeIfEmpty(image_config, config, "Cmd");
    TakeIfEmpty(image_config, config, "Entrypoint");
  }
  if (IsEmpty(config, "Entrypoint") && IsEmpty(config, "Cmd")) {
    return absl::InvalidArgumentError("no command specified");
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
