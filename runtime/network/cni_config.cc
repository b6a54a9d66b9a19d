// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/cni_config.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/plain_name.h"
#include "base/status.h"

namespace berth::runtime {
namespace {

absl::Status Invalid(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

// libcni takes the words "true" and "false" too, in any case.
absl::StatusOr<bool> ReadSwitch(const Json& list, const char* key) {
  auto member = list.find(key);
  if (member == list.end()) {
    return false;
  }
  if (member->is_boolean()) {
    return member->get<bool>();
  }
  const std::string word =
      member->is_string() ? absl::AsciiStrToLower(member->get_ref<const std::string&>()) : "";
  if (word != "true" && word != "false") {
    return Invalid(absl::StrCat("\"", key, "\" is neither true nor false"));
  }
  return word == "true";
}

absl::StatusOr<std::optional<CniVersion>> SpokenOrNothing(const Json& text) {
  if (!text.is_string()) {
    return Invalid("cniVersion is not a string");
  }
  ASSIGN_OR_RETURN(CniVersion version, ParseCniVersion(text.get_ref<const std::string&>()));
  return IsSpoken(version) ? std::optional<CniVersion>(version) : std::nullopt;
}

absl::StatusOr<CniVersion> ReadVersion(const Json& list) {
  std::vector<Json> texts;
  if (auto versions = list.find("cniVersions"); versions != list.end()) {
    if (!versions->is_array()) {
      return Invalid("cniVersions is not a list");
    }
    texts.assign(versions->begin(), versions->end());
  }
  if (auto version = list.find("cniVersion"); version != list.end()) {
    texts.push_back(*version);
  }
  if (texts.empty()) {
    return CniVersion{};
  }
  std::optional<CniVersion> highest;
  for (const Json& text : texts) {
    ASSIGN_OR_RETURN(std::optional<CniVersion> version, SpokenOrNothing(text));
    if (version.has_value() && (!highest.has_value() || *highest < *version)) {
      highest = version;
    }
  }
  if (!highest.has_value()) {
    return Invalid("no cniVersion that Berth speaks (0.1.0 to 1.1.0)");
  }
  return *highest;
}

bool IsFileName(absl::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.size() > 255) {
    return false;
  }
  for (char c : name) {
    if (c == '/' || absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return false;
    }
  }
  return true;
}

absl::StatusOr<PluginConfig> ReadPlugin(const Json& object) {
  if (!object.is_object()) {
    return Invalid("a plugin is not an object");
  }
  PluginConfig plugin;
  plugin.type = JsonString(object, "type").value_or("");
  if (!IsFileName(plugin.type)) {
    return Invalid("a plugin's \"type\" is missing or no file name");
  }
  for (const auto& [name, declared] : JsonObject(object, "capabilities").items()) {
    if (declared.is_boolean() && declared.get<bool>()) {
      plugin.capabilities.insert(name);
    }
  }
  plugin.object = object;
  return plugin;
}

absl::Status ReadPlugins(const Json& list, NetworkConfig& network) {
  auto plugins = list.find("plugins");
  if (plugins == list.end()) {
    return network.load_only_inlined_plugins ? Invalid("no plugins") : absl::OkStatus();
  }
  if (!plugins->is_array() || plugins->empty()) {
    return Invalid("\"plugins\" is not a list of at least one");
  }
  if (plugins->size() > kMaxPlugins) {
    return Invalid(absl::StrCat("over ", kMaxPlugins, " plugins"));
  }
  for (const Json& object : *plugins) {
    ASSIGN_OR_RETURN(PluginConfig plugin, ReadPlugin(object));
    network.plugins.push_back(std::move(plugin));
  }
  return absl::OkStatus();
}

absl::StatusOr<Json> ParseObject(absl::string_view text) {
  ASSIGN_OR_RETURN(Json json, ParseJson(text, kMaxNetworkConfig));
  if (!json.is_object()) {
    return Invalid("not a JSON object");
  }
  return json;
}

}  // namespace

absl::StatusOr<NetworkConfig> ParseNetworkConfig(absl::string_view text) {
  ASSIGN_OR_RETURN(Json json, ParseObject(text));
  NetworkConfig network;
  network.name = JsonString(json, "name").value_or("");
  if (!IsPlainName(network.name) || network.name.size() > kMaxNetworkName) {
    return Invalid("\"name\" is missing, too long or has characters other than A-Za-z0-9_.-");
  }
  ASSIGN_OR_RETURN(network.version, ReadVersion(json));
  if (json.contains("type") && !json.contains("plugins")) {
    ASSIGN_OR_RETURN(PluginConfig plugin, ReadPlugin(json));
    network.load_only_inlined_plugins = true;
    network.plugins.push_back(std::move(plugin));
    return network;
  }
  ASSIGN_OR_RETURN(network.disable_check, ReadSwitch(json, "disableCheck"));
  ASSIGN_OR_RETURN(network.disable_gc, ReadSwitch(json, "disableGC"));
  ASSIGN_OR_RETURN(network.load_only_inlined_plugins, ReadSwitch(json, "loadOnlyInlinedPlugins"));
  RETURN_IF_ERROR(ReadPlugins(json, network));
  return network;
}

absl::StatusOr<PluginConfig> ParsePluginConfig(absl::string_view text) {
  ASSIGN_OR_RETURN(Json json, ParseObject(text));
  return ReadPlugin(json);
}

std::string FormatNetworkConfig(const NetworkConfig& network) {
  Json plugins = Json::array();
  for (const PluginConfig& plugin : network.plugins) {
    plugins.push_back(plugin.object);
  }
  Json list = {{"cniVersion", network.version.str()},
               {"name", network.name},
               {"loadOnlyInlinedPlugins", true},
               {"plugins", std::move(plugins)}};
  if (network.disable_check) {
    list["disableCheck"] = true;
  }
  if (network.disable_gc) {
    list["disableGC"] = true;
  }
  return FormatJson(list);
}

}  // namespace berth::runtime
