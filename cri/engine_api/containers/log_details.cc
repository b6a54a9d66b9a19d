// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_details.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "base/json.h"
#include "base/short_id.h"

namespace berth::cri {
namespace {

using Details = std::map<std::string, std::string>;

// As a value of a URL's query.
std::string Escaped(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~') {
      escaped += c;
    } else if (c == ' ') {
      escaped += '+';
    } else {
      absl::StrAppendFormat(&escaped, "%%%02X", byte);
    }
  }
  return escaped;
}

Details VariablesOf(const Json& config) {
  Details variables;
  for (const Json& variable : JsonArray(config, "Env")) {
    if (variable.is_string()) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(variable.get<std::string>(), absl::MaxSplits('=', 1));
      variables[parts.first] = parts.second;
    }
  }
  return variables;
}

Details LabelsOf(const Json& config) {
  Details labels;
  for (const auto& [key, value] : JsonObject(config, "Labels").items()) {
    labels[key] = value.is_string() ? value.get<std::string>() : "";
  }
  return labels;
}

void AddNamed(const std::string& names, const Details& all, Details& details) {
  for (const absl::string_view name : absl::StrSplit(names, ',')) {
    if (const auto found = all.find(std::string(name)); found != all.end()) {
      details.insert_or_assign(found->first, found->second);
    }
  }
}

// With the fields of Docker's templates for it.
std::string TagOf(const std::string& text, const EngineContainerRecord& record) {
  return absl::StrReplaceAll(text,
                             {{"{{.ID}}", ShortId(record.id)},
                              {"{{.FullID}}", record.id},
                              {"{{.Name}}", record.name},
                              {"{{.ImageID}}", ShortId(record.image_id)},
                              {"{{.ImageFullID}}", record.image_id},
                              {"{{.ImageName}}", JsonString(record.config, "Image").value_or("")},
                              {"{{.DaemonName}}", "docker"}});
}

std::string JoinDetails(const Details& details) {
  std::string text;
  for (const auto& [name, value] : details) {
    if (name.size() + value.size() >= kMaxLogDetails) {
      continue;  // it is not even written
    }
    const std::string pair =
        absl::StrCat(text.empty() ? "" : ",", Escaped(name), "=", Escaped(value));
    if (text.size() + pair.size() < kMaxLogDetails) {
      text += pair;
    }
  }
  return text;
}

}  // namespace

std::string LogDetails(const EngineContainerRecord& record) {
  const Json options = JsonObject(JsonObject(record.host_config, "LogConfig"), "Config");
  const auto option = [&options](absl::string_view name) {
    return JsonString(options, name).value_or("");
  };
  Details details;
  AddNamed(option("labels"), LabelsOf(record.config), details);
  AddNamed(option("env"), VariablesOf(record.config), details);
  const std::string tag = option("tag");
  if (!tag.empty() && tag.size() < kMaxLogDetails) {
    details["tag"] = TagOf(tag, record);
  }
  return absl::StrCat(JoinDetails(details), " ");
}

}  // namespace berth::cri
