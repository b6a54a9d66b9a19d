// SPDX-License-Identifier: Apache-2.0
#include "cri/config.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/json.h"
#include "cri/config_keys.h"

namespace berth::cri {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::string Quoted(absl::string_view text) {
  return Json(std::string(text)).dump();
}

std::string TomlList(const std::vector<std::string>& items) {
  return absl::StrCat("[",
                      absl::StrJoin(items, ", ",
                                    [](std::string* out, const std::string& item) {
                                      absl::StrAppend(out, Quoted(item));
                                    }),
                      "]");
}

std::string TomlValue(const Config& config, const ConfigKey& key) {
  return std::visit(
      Overloaded{
          [&](std::string Config::*field) { return Quoted(config.*field); },
          [&](int64_t Config::*field) { return absl::StrCat(config.*field); },
          [&](bool Config::*field) { return std::string(config.*field ? "true" : "false"); },
          [&](absl::Duration Config::*field) {
            return Quoted(absl::FormatDuration(config.*field));
          },
          [&](std::vector<std::string> Config::*field) { return TomlList(config.*field); },
      },
      key.field);
}

std::string SourceOf(const Config& config, const ConfigKey& key) {
  auto found = config.sources.find(std::string(key.name));
  return found == config.sources.end() ? "default" : found->second;
}

}  // namespace

std::string DumpConfig(const Config& config) {
  std::string text;
  std::string table;
  for (const ConfigKey& key : ConfigKeys()) {
    const size_t dot = key.name.find('.');
    const std::string in_table =
        dot == absl::string_view::npos ? "" : std::string(key.name.substr(0, dot));
    if (in_table != table) {
      table = in_table;
      absl::StrAppend(&text, "\n[", table, "]\n");
    }
    absl::StrAppend(&text, dot == absl::string_view::npos ? key.name : key.name.substr(dot + 1),
                    " = ", TomlValue(config, key), "  # ", SourceOf(config, key), "\n");
  }
  for (const auto& [name, handler] : config.handlers) {
    const auto source = config.sources.find(absl::StrCat("handlers.", name));
    absl::StrAppend(&text, "\n[handlers.", name, "]  # ",
                    source == config.sources.end() ? "default" : source->second,
                    "\npath = ", Quoted(handler.path), "\n");
    if (!handler.root.empty()) {
      absl::StrAppend(&text, "root = ", Quoted(handler.root), "\n");
    }
    absl::StrAppend(&text, "options = ", TomlList(handler.options), "\n");
  }
  return text;
}

std::string ConfigJson(const Config& config) {
  Json json = Json::object();
  for (const ConfigKey& key : ConfigKeys()) {
    json[std::string(key.name)] =
        Json::parse(TomlValue(config, key), nullptr, /*allow_exceptions=*/false);
  }
  for (const auto& [name, handler] : config.handlers) {
    json[absl::StrCat("handlers.", name)] = {
        {"path", handler.path}, {"root", handler.root}, {"options", handler.options}};
  }
  return FormatJson(json);
}

}  // namespace berth::cri
