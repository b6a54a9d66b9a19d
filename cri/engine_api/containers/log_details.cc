// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_details.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "base/json.h"
#include "base/query_escape.h"
#include "base/short_id.h"

namespace berth::cri {
namespace {

using Details = std::map<std::string, std::string>;

Json VariablesOf(const Json& config) {
  Json variables = Json::object();
  for (const Json& variable : JsonArray(config, "Env")) {
    if (variable.is_string()) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(variable.get<std::string>(), absl::MaxSplits('=', 1));
      variables[parts.first] = parts.second;
    }
  }
  return variables;
}

void AddNamed(const std::string& names, const Json& all, Details& details) {
  for (const absl::string_view name : absl::StrSplit(names, ',')) {
    if (const auto found = all.find(std::string(name)); found != all.end()) {
      details.insert_or_assign(found.key(), found->is_string() ? found->get<std::string>() : "");
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
        absl::StrCat(text.empty() ? "" : ",", QueryEscape(name), "=", QueryEscape(value));
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
  AddNamed(option("labels"), JsonObject(record.config, "Labels"), details);
  AddNamed(option("env"), VariablesOf(record.config), details);
  const std::string tag = option("tag");
  if (!tag.empty() && tag.size() < kMaxLogDetails) {
    details["tag"] = TagOf(tag, record);
  }
  return absl::StrCat(JoinDetails(details), " ");
}

}  // namespace berth::cri
