// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/hosts_file.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

#include "base/status.h"
#include "base/toml.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxToldKey = 100;
constexpr absl::string_view kEntryKeys[] = {"capabilities", "ca",     "client",
                                            "skip_verify",  "header", "override_path",
                                            "dial_timeout", "realms", "send_credentials"};
constexpr absl::string_view kFileKeys[] = {"server", "host"};

// Reads members of one table; errors name the file and the line.
class TableReader {
 public:
  TableReader(const toml::table& table, absl::string_view file) : table_(table), file_(file) {}

  absl::Status Error(const toml::node& node, absl::string_view problem) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", node.source().begin.line, ": ", problem));
  }

  // Null when absent.
  const toml::node* Find(absl::string_view key) const {
    return table_.get(std::string_view(key.data(), key.size()));
  }

  template <typename T>
  absl::StatusOr<std::optional<T>> Value(absl::string_view key, absl::string_view type) const {
    const toml::node* node = Find(key);
    if (node == nullptr) {
      return std::optional<T>();
    }
    std::optional<T> value = node->value_exact<T>();
    if (!value.has_value()) {
      return Error(*node, absl::StrCat("\"", key, "\" is not ", type));
    }
    return value;
  }

  absl::StatusOr<bool> Bool(absl::string_view key) const {
    ASSIGN_OR_RETURN(std::optional<bool> value, Value<bool>(key, "true or false"));
    return value.value_or(false);
  }

  // A string, or a list of strings.
  absl::StatusOr<std::vector<std::string>> Strings(absl::string_view key) const {
    const toml::node* node = Find(key);
    return node == nullptr ? std::vector<std::string>() : StringsOf(*node, key);
  }

  absl::StatusOr<std::vector<std::string>> StringsOf(const toml::node& node,
                                                     absl::string_view key) const {
    if (std::optional<std::string> single = node.value_exact<std::string>()) {
      return std::vector<std::string>{*std::move(single)};
    }
    std::vector<std::string> values;
    if (const toml::array* list = node.as_array()) {
      for (const toml::node& item : *list) {
        std::optional<std::string> value = item.value_exact<std::string>();
        if (!value.has_value()) {
          return Error(item, absl::StrCat("\"", key, "\" holds something that is not a string"));
        }
        values.push_back(*std::move(value));
      }
      return values;
    }
    return Error(node, absl::StrCat("\"", key, "\" is neither a string nor a list of strings"));
  }

  // Keys but for those that are known.
  void AddUnknown(absl::Span<const absl::string_view> known,
                  std::vector<std::string>& unknown) const {
    for (const auto& [key, value] : table_) {
      const absl::string_view name(key.str().data(), key.str().size());
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        unknown.push_back(absl::StrCat(file_, ":", key.source().begin.line, ": ",
                                       absl::CHexEscape(name.substr(0, kMaxToldKey))));
      }
    }
  }

 private:
  const toml::table& table_;
  absl::string_view file_;
};

absl::Status ReadCapabilities(const TableReader& reader, HostEntry& entry) {
  const toml::node* node = reader.Find("capabilities");
  if (node == nullptr) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::vector<std::string> names, reader.Strings("capabilities"));
  if (names.empty()) {
    return absl::OkStatus();  // as when absent
  }
  entry.can_pull = false;
  entry.can_resolve = false;
  entry.can_push = false;
  for (const std::string& name : names) {
    const std::string lower = absl::AsciiStrToLower(name);
    if (lower == "pull") {
      entry.can_pull = true;
    } else if (lower == "resolve") {
      entry.can_resolve = true;
    } else if (lower == "push") {
      entry.can_push = true;
    } else if (lower != "referrers") {  // of which nothing is asked here
      return reader.Error(*node, absl::StrCat("unknown capability \"",
                                              absl::CHexEscape(name.substr(0, 100)), "\""));
    }
  }
  return absl::OkStatus();
}

// "file", ["file", …] or [["certificate", "key"], …].
absl::Status ReadClient(const TableReader& reader, HostEntry& entry) {
  const toml::node* node = reader.Find("client");
  if (node == nullptr) {
    return absl::OkStatus();
  }
  const toml::array* list = node->as_array();
  if (list == nullptr) {
    ASSIGN_OR_RETURN(std::vector<std::string> files, reader.StringsOf(*node, "client"));
    entry.client.emplace_back(files[0], "");
    return absl::OkStatus();
  }
  for (const toml::node& item : *list) {
    ASSIGN_OR_RETURN(std::vector<std::string> pair, reader.StringsOf(item, "client"));
    const bool is_pair = item.is_array();
    if (pair.size() != (is_pair ? 2 : 1)) {
      return reader.Error(item, "\"client\" holds a list that is not a certificate and a key");
    }
    entry.client.emplace_back(pair[0], is_pair ? pair[1] : "");
  }
  return absl::OkStatus();
}

bool IsHeaderName(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
  });
}

bool IsHeaderValue(absl::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return !absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

absl::Status ReadHeaders(const TableReader& reader, HostEntry& entry) {
  const toml::node* node = reader.Find("header");
  if (node == nullptr) {
    return absl::OkStatus();
  }
  const toml::table* table = node->as_table();
  if (table == nullptr) {
    return reader.Error(*node, "\"header\" is not a table");
  }
  for (const auto& [key, value] : *table) {
    const std::string name(key.str());
    ASSIGN_OR_RETURN(std::vector<std::string> values, reader.StringsOf(value, name));
    for (std::string& text : values) {
      if (!IsHeaderName(name) || !IsHeaderValue(text)) {
        return reader.Error(value, "not a header that HTTP could carry");
      }
      entry.headers.push_back({name, std::move(text)});
    }
  }
  return absl::OkStatus();
}

absl::Status ReadDialTimeout(const TableReader& reader, HostEntry& entry) {
  ASSIGN_OR_RETURN(std::optional<std::string> text,
                   reader.Value<std::string>("dial_timeout", "a string"));
  if (!text.has_value() || text->empty()) {
    return absl::OkStatus();
  }
  absl::Duration timeout;
  if (!absl::ParseDuration(*text, &timeout) || timeout <= absl::ZeroDuration()) {
    return reader.Error(*reader.Find("dial_timeout"), "\"dial_timeout\" is not a time such as 3s");
  }
  entry.dial_timeout = timeout;
  return absl::OkStatus();
}

absl::StatusOr<HostEntry> ReadEntry(const TableReader& reader) {
  HostEntry entry;
  RETURN_IF_ERROR(ReadCapabilities(reader, entry));
  ASSIGN_OR_RETURN(entry.ca, reader.Strings("ca"));
  RETURN_IF_ERROR(ReadClient(reader, entry));
  ASSIGN_OR_RETURN(entry.skip_verify, reader.Value<bool>("skip_verify", "true or false"));
  RETURN_IF_ERROR(ReadHeaders(reader, entry));
  ASSIGN_OR_RETURN(entry.override_path, reader.Bool("override_path"));
  RETURN_IF_ERROR(ReadDialTimeout(reader, entry));
  ASSIGN_OR_RETURN(entry.send_credentials, reader.Bool("send_credentials"));
  ASSIGN_OR_RETURN(entry.realms, reader.Strings("realms"));
  return entry;
}

bool StandsBefore(const toml::node& a, const toml::node& b) {
  const toml::source_position& x = a.source().begin;
  const toml::source_position& y = b.source().begin;
  return x.line != y.line ? x.line < y.line : x.column < y.column;
}

absl::Status ReadMirrors(const TableReader& reader, absl::string_view file, HostsFile& hosts) {
  const toml::node* node = reader.Find("host");
  if (node == nullptr) {
    return absl::OkStatus();
  }
  const toml::table* table = node->as_table();
  if (table == nullptr) {
    return reader.Error(*node, "\"host\" is not a table of hosts");
  }
  std::vector<std::pair<std::string, const toml::node*>> ordered;  // the table is sorted by name
  for (const auto& [key, value] : *table) {
    ordered.emplace_back(std::string(key.str()), &value);
  }
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return StandsBefore(*a.second, *b.second); });
  for (const auto& [url, value] : ordered) {
    if (!value->is_table()) {
      return reader.Error(*value, absl::StrCat("host \"", absl::CHexEscape(url.substr(0, 100)),
                                               "\" is not a table"));
    }
    const TableReader members(*value->as_table(), file);
    members.AddUnknown(kEntryKeys, hosts.unknown);
    ASSIGN_OR_RETURN(HostEntry entry, ReadEntry(members));
    entry.url = url;
    hosts.mirrors.push_back(std::move(entry));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HostsFile> ParseHostsFile(absl::string_view text, absl::string_view name) {
  if (text.size() > kMaxHostsFile) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": larger than ", kMaxHostsFile, " bytes"));
  }
  toml::parse_result result = toml::parse(std::string_view(text.data(), text.size()));
  if (!result) {
    const toml::parse_error& error = result.error();
    std::string_view description = error.description();
    return absl::InvalidArgumentError(
        absl::StrCat(name, ":", error.source().begin.line, ": ",
                     absl::string_view(description.data(), description.size())));
  }
  HostsFile hosts;
  TableReader reader(result.table(), name);
  ASSIGN_OR_RETURN(hosts.server, ReadEntry(reader));
  ASSIGN_OR_RETURN(std::optional<std::string> server,
                   reader.Value<std::string>("server", "a string"));
  hosts.server.url = server.value_or("");
  std::vector<absl::string_view> known(std::begin(kEntryKeys), std::end(kEntryKeys));
  known.insert(known.end(), std::begin(kFileKeys), std::end(kFileKeys));
  reader.AddUnknown(known, hosts.unknown);
  RETURN_IF_ERROR(ReadMirrors(reader, name, hosts));
  return hosts;
}

}  // namespace berth::imageservice
