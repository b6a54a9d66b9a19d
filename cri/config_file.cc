// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/suggestion.h"
#include "base/sys/directory.h"
#include "base/toml.h"
#include "cri/config.h"
#include "cri/config_keys.h"

namespace berth::cri {
namespace {

// Where a value stands, for errors and for `config dump`.
struct Place {
  std::string file;
  uint32_t line = 0;

  std::string str() const { return absl::StrCat(file, ":", line); }
  absl::Status Error(absl::string_view problem) const {
    return absl::InvalidArgumentError(absl::StrCat(str(), ": ", problem));
  }
};

std::string NearestKey(absl::string_view name) {
  std::vector<std::string> known;
  for (const ConfigKey& key : ConfigKeys()) {
    known.emplace_back(key.name);
  }
  return Nearest(name, known);
}

absl::Status UnknownKey(const Place& place, absl::string_view name) {
  const std::string nearest = NearestKey(name);
  return place.Error(
      absl::StrCat("unknown key ", name,
                   nearest.empty() ? "" : absl::StrCat("; the nearest known one is ", nearest)));
}

absl::Status SetString(const toml::node& node, const ConfigKey& key, const Place& place,
                       std::string& field) {
  const std::optional<std::string> value = node.value_exact<std::string>();
  if (!value.has_value()) {
    return place.Error(absl::StrCat(key.name, " must be a string"));
  }
  if (!key.choices.empty() &&
      std::find(key.choices.begin(), key.choices.end(), *value) == key.choices.end()) {
    return place.Error(
        absl::StrCat(key.name, " must be one of ", absl::StrJoin(key.choices, ", ")));
  }
  if (key.read == nullptr) {
    field = *value;
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> read = key.read(*value);
  if (!read.ok()) {
    return place.Error(absl::StrCat(key.name, ": ", read.status().message()));
  }
  field = *std::move(read);
  return absl::OkStatus();
}

absl::Status SetNumber(const toml::node& node, const ConfigKey& key, const Place& place,
                       int64_t& field) {
  std::optional<int64_t> value = node.value_exact<int64_t>();
  const std::optional<std::string> text = node.value_exact<std::string>();
  if (!value.has_value() && key.unit == ConfigUnit::kSize && text.has_value()) {
    absl::StatusOr<int64_t> size = ParseConfigSize(*text);
    if (!size.ok()) {
      return place.Error(absl::StrCat(key.name, ": ", size.status().message()));
    }
    value = *size;
  }
  if (!value.has_value()) {
    return place.Error(absl::StrCat(key.name, " must be a number"));
  }
  if (*value < key.minimum) {
    return place.Error(absl::StrCat(key.name, " must be at least ", key.minimum));
  }
  field = *value;
  return absl::OkStatus();
}

absl::Status SetFlag(const toml::node& node, const ConfigKey& key, const Place& place,
                     bool& field) {
  const std::optional<bool> value = node.value_exact<bool>();
  if (!value.has_value()) {
    return place.Error(absl::StrCat(key.name, " must be true or false"));
  }
  field = *value;
  return absl::OkStatus();
}

absl::Status SetDuration(const toml::node& node, const ConfigKey& key, const Place& place,
                         absl::Duration& field) {
  const std::optional<std::string> text = node.value_exact<std::string>();
  if (!text.has_value()) {
    return place.Error(absl::StrCat(key.name, " must be a string such as \"5m\""));
  }
  absl::StatusOr<absl::Duration> duration = ParseDuration(*text);
  if (!duration.ok() || *duration < absl::Seconds(key.minimum)) {
    return place.Error(
        absl::StrCat(key.name, " must be a time such as \"5m\", of at least ", key.minimum, "s"));
  }
  field = *duration;
  return absl::OkStatus();
}

absl::Status SetList(const toml::node& node, const ConfigKey& key, const Place& place,
                     std::vector<std::string>& field) {
  const toml::array* array = node.as_array();
  if (array == nullptr) {
    return place.Error(absl::StrCat(key.name, " must be a list of strings"));
  }
  std::vector<std::string> items;
  for (const toml::node& item : *array) {
    const std::optional<std::string> text = item.value_exact<std::string>();
    if (!text.has_value()) {
      return place.Error(absl::StrCat(key.name, " must be a list of strings"));
    }
    absl::StatusOr<std::string> read = key.read == nullptr ? *text : key.read(*text);
    if (!read.ok()) {
      return place.Error(absl::StrCat(key.name, ": ", read.status().message()));
    }
    items.push_back(*std::move(read));
  }
  field = std::move(items);
  return absl::OkStatus();
}

absl::Status SetKey(const toml::node& node, const ConfigKey& key, const Place& place,
                    Config& config) {
  if (auto* text = std::get_if<std::string Config::*>(&key.field)) {
    return SetString(node, key, place, config.**text);
  }
  if (auto* number = std::get_if<int64_t Config::*>(&key.field)) {
    return SetNumber(node, key, place, config.**number);
  }
  if (auto* flag = std::get_if<bool Config::*>(&key.field)) {
    return SetFlag(node, key, place, config.**flag);
  }
  if (auto* duration = std::get_if<absl::Duration Config::*>(&key.field)) {
    return SetDuration(node, key, place, config.**duration);
  }
  return SetList(node, key, place, config.*std::get<std::vector<std::string> Config::*>(key.field));
}

bool IsTable(absl::string_view name) {
  return std::any_of(ConfigKeys().begin(), ConfigKeys().end(), [&](const ConfigKey& key) {
    return absl::StartsWith(key.name, absl::StrCat(name, "."));
  });
}

absl::Status ReadHandlerPath(const toml::node& node, const std::string& name, const Place& place,
                             std::string& field) {
  const std::optional<std::string> path = node.value_exact<std::string>();
  if (!path.has_value() || !IsAbsolutePath(*path) || HasDotDot(*path)) {
    return place.Error(absl::StrCat(name, " must be an absolute path without \"..\""));
  }
  field = *path;
  return absl::OkStatus();
}

absl::Status ApplyHandler(const toml::table& table, const std::string& prefix,
                          absl::string_view file, HandlerConfig& handler) {
  for (const auto& [toml_key, node] : table) {
    const std::string key(toml_key.str().data(), toml_key.str().size());
    const std::string name = absl::StrCat(prefix, ".", key);
    const Place place{std::string(file), toml_key.source().begin.line};
    if (key == "path") {
      RETURN_IF_ERROR(ReadHandlerPath(node, name, place, handler.path));
    } else if (key == "root") {
      RETURN_IF_ERROR(ReadHandlerPath(node, name, place, handler.root));
    } else if (key == "options") {
      RETURN_IF_ERROR(SetList(node, {.name = name, .field = {}}, place, handler.options));
    } else {
      return place.Error(absl::StrCat("unknown key ", name, "; there are path, root and options"));
    }
  }
  return absl::OkStatus();
}

// A label, as the name of a RuntimeClass's handler must be.
bool IsHandlerName(absl::string_view name) {
  constexpr size_t kMaxName = 63;
  const auto is_good = [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
  };
  return !name.empty() && name.size() <= kMaxName && name.front() != '-' && name.back() != '-' &&
         std::all_of(name.begin(), name.end(), is_good);
}

absl::Status ApplyHandlers(const toml::table& table, absl::string_view file, Config& config) {
  for (const auto& [toml_key, node] : table) {
    const std::string name(toml_key.str().data(), toml_key.str().size());
    const std::string key = absl::StrCat("handlers.", name);
    const Place place{std::string(file), toml_key.source().begin.line};
    if (!IsHandlerName(name) || name == "berth" || !node.is_table()) {
      return place.Error(absl::StrCat(
          key, " must be a table, named as a RuntimeClass's handler may be and not berth"));
    }
    HandlerConfig& handler = config.handlers[name];
    RETURN_IF_ERROR(ApplyHandler(*node.as_table(), key, file, handler));
    if (handler.path.empty()) {
      return place.Error(absl::StrCat(key, ".path is missing"));
    }
    config.sources[key] = place.str();
  }
  return absl::OkStatus();
}

absl::Status ApplyTable(const toml::table& table, const std::string& prefix, absl::string_view file,
                        Config& config) {
  for (const auto& [toml_key, node] : table) {
    const std::string name =
        absl::StrCat(prefix, std::string(toml_key.str().data(), toml_key.str().size()));
    const Place place{std::string(file), toml_key.source().begin.line};
    if (name == "handlers" && node.is_table()) {
      RETURN_IF_ERROR(ApplyHandlers(*node.as_table(), file, config));
      continue;
    }
    if (const toml::table* inner = node.as_table(); inner != nullptr && IsTable(name)) {
      RETURN_IF_ERROR(ApplyTable(*inner, absl::StrCat(name, "."), file, config));
      continue;
    }
    const auto* key = std::find_if(ConfigKeys().begin(), ConfigKeys().end(),
                                   [&](const ConfigKey& k) { return k.name == name; });
    if (key == ConfigKeys().end()) {
      return UnknownKey(place, name);
    }
    RETURN_IF_ERROR(SetKey(node, *key, place, config));
    config.sources[name] = place.str();
  }
  return absl::OkStatus();
}

// Without a directory there are none.
absl::StatusOr<std::vector<std::string>> DropIns(const std::string& directory) {
  std::vector<std::string> files;
  auto reader = sys::DirectoryReader::Open(AT_FDCWD, directory.c_str());
  if (!reader.ok() && reader.error().code == ENOENT) {
    return files;
  }
  RETURN_IF_ERROR(ToStatus(reader, "open ", directory));
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader->Next(), "list ", directory));
    if (entry == nullptr) {
      break;
    }
    const absl::string_view name = entry->d_name;
    if (absl::EndsWith(name, ".toml") && !absl::StartsWith(name, ".")) {
      files.push_back(JoinPath(directory, name));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::Status ApplyFile(const std::string& path, Config& config) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxConfigSize));
  return ApplyToml(text, path, config);
}

// Each driver has parents of its own kind.
absl::Status CheckCgroupParent(const Config& config) {
  const std::string& parent = config.cgroup_parent;
  const bool is_slice = absl::EndsWith(parent, ".slice");
  if (parent.empty() || is_slice == (config.cgroup_driver == "systemd")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      config.sources.at("cgroup.parent"), ": cgroup.parent: \"", parent, "\" is ",
      is_slice ? "a systemd slice, but cgroup.driver is cgroupfs, which takes a path"
               : "no systemd slice, which cgroup.driver systemd takes, such as berth.slice"));
}

}  // namespace

absl::Status ApplyToml(absl::string_view text, absl::string_view file, Config& config) {
  toml::parse_result parsed = toml::parse(std::string_view(text.data(), text.size()));
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    const std::string_view problem = error.description();
    return Place{std::string(file), error.source().begin.line}.Error(
        absl::string_view(problem.data(), problem.size()));
  }
  return ApplyTable(parsed.table(), "", file, config);
}

absl::StatusOr<Config> LoadConfig(const std::string& path, bool required) {
  Config config;
  absl::Status status = ApplyFile(path, config);
  if (!status.ok() && (required || !absl::IsNotFound(status))) {
    return status;
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> drop_ins,
                   DropIns(JoinPath(ParentPath(path), "conf.d")));
  for (const std::string& file : drop_ins) {
    RETURN_IF_ERROR(ApplyFile(file, config));
  }
  RETURN_IF_ERROR(CheckCgroupParent(config));
  if (!config.shim.empty() && access(config.shim.c_str(), X_OK) != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(config.sources["shim"], ": shim: no program is at ", config.shim));
  }
  if (config.network_cache_dir.empty()) {
    config.network_cache_dir = JoinPath(config.root, "cni");
  }
  if (config.docker_address.empty()) {
    config.docker_address = JoinPath(config.state, "docker.sock");
  }
  return config;
}

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration)) {
    return absl::InvalidArgumentError(absl::StrCat("not a time with a unit: ", text));
  }
  return duration;
}

absl::StatusOr<int64_t> ParseConfigSize(absl::string_view text) {
  static constexpr std::pair<absl::string_view, int64_t> kUnits[] = {
      {"KiB", 1LL << 10},    {"MiB", 1LL << 20},
      {"GiB", 1LL << 30},    {"TiB", 1LL << 40},
      {"kB", 1000},          {"KB", 1000},
      {"MB", 1000000},       {"GB", 1000000000},
      {"TB", 1000000000000}, {"B", 1}};
  int64_t unit = 1;
  absl::string_view number = text;
  for (const auto& [suffix, factor] : kUnits) {
    if (absl::EndsWith(text, suffix)) {
      unit = factor;
      number.remove_suffix(suffix.size());
      break;
    }
  }
  int64_t value = 0;
  int64_t size = 0;
  if (!absl::SimpleAtoi(number, &value) || value < 0 ||
      __builtin_mul_overflow(value, unit, &size)) {
    return absl::InvalidArgumentError(absl::StrCat("not a size: ", text));
  }
  return size;
}

}  // namespace berth::cri
