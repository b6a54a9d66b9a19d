// SPDX-License-Identifier: Apache-2.0
#include "runtime/record_fields.h"

#include <utility>

#include "absl/status/status.h"

#include "base/json.h"
#include "base/status.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxField = 16 << 20;

absl::StatusOr<Json> Parse(absl::string_view text) {
  absl::StatusOr<Json> json = ParseJson(text, kMaxField);
  if (!json.ok()) {
    return absl::DataLossError(json.status().message());
  }
  return json;
}

absl::StatusOr<std::vector<std::string>> ToStrings(const Json& json) {
  std::vector<std::string> strings;
  for (const Json& item : json) {
    if (!item.is_string()) {
      return absl::DataLossError("a list of strings has another type in it");
    }
    strings.push_back(item.get<std::string>());
  }
  return strings;
}

bool IsTrue(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && *found == true;
}

struct ImageText {
  const char* name;
  std::string ContainerImage::*field;
};
constexpr ImageText kImageTexts[] = {
    {"id", &ContainerImage::id},
    {"reference", &ContainerImage::reference},
    {"repo_digest", &ContainerImage::repo_digest},
    {"working_directory", &ContainerImage::working_directory},
    {"user", &ContainerImage::user},
    {"stop_signal", &ContainerImage::stop_signal},
};

struct ImageList {
  const char* name;
  std::vector<std::string> ContainerImage::*field;
};
constexpr ImageList kImageLists[] = {
    {"entrypoint", &ContainerImage::entrypoint},
    {"command", &ContainerImage::command},
    {"environment", &ContainerImage::environment},
    {"volumes", &ContainerImage::volumes},
};

}  // namespace

std::string FormatStrings(const std::vector<std::string>& strings) {
  return FormatJson(Json(strings));
}

absl::StatusOr<std::vector<std::string>> ParseStrings(absl::string_view text) {
  ASSIGN_OR_RETURN(Json json, Parse(text));
  return ToStrings(json);
}

std::string FormatIds(const std::vector<uint32_t>& ids) {
  return FormatJson(Json(ids));
}

absl::StatusOr<std::vector<uint32_t>> ParseIds(absl::string_view text) {
  ASSIGN_OR_RETURN(Json json, Parse(text));
  std::vector<uint32_t> ids;
  for (const Json& item : json) {
    if (!item.is_number_unsigned() || item.get<uint64_t>() > UINT32_MAX) {
      return absl::DataLossError("a list of ids has another type in it");
    }
    ids.push_back(item.get<uint32_t>());
  }
  return ids;
}

std::string FormatImage(const ContainerImage& image) {
  Json json = Json::object();
  for (const ImageText& text : kImageTexts) {
    json[text.name] = image.*text.field;
  }
  for (const ImageList& list : kImageLists) {
    json[list.name] = image.*list.field;
  }
  return FormatJson(json);
}

absl::StatusOr<ContainerImage> ParseImage(absl::string_view text) {
  ASSIGN_OR_RETURN(Json json, Parse(text));
  ContainerImage image;
  for (const ImageText& field : kImageTexts) {
    image.*field.field = JsonString(json, field.name).value_or("");
  }
  for (const ImageList& list : kImageLists) {
    ASSIGN_OR_RETURN(image.*list.field, ToStrings(JsonArray(json, list.name)));
  }
  return image;
}

std::string FormatExtras(const PodExtras& extras) {
  Json networks = Json::array();
  for (const NetworkChoice& choice : extras.networks) {
    networks.push_back({{"config", choice.config}, {"interface", choice.interface}});
  }
  return FormatJson({{"owner", static_cast<int>(extras.owner)},
                     {"hosts", extras.hosts},
                     {"shm_size", extras.shm_size},
                     {"isolated", extras.isolated},
                     {"networks", std::move(networks)},
                     {"network_of", extras.network_of},
                     {"ipc_of", extras.ipc_of},
                     {"host_uts", extras.host_uts},
                     {"own_uts", extras.own_uts},
                     {"domain_name", extras.domain_name}});
}

absl::StatusOr<PodExtras> ParseExtras(absl::string_view text) {
  ASSIGN_OR_RETURN(const Json json, Parse(text));
  const auto owner = json.find("owner");
  PodExtras extras;
  if (owner != json.end()) {
    if (!owner->is_number_integer() || (*owner != 0 && *owner != 1)) {
      return absl::DataLossError("the owner of a pod is no number that is known");
    }
    extras.owner = static_cast<PodOwner>(owner->get<int>());
  }
  ASSIGN_OR_RETURN(extras.hosts, ToStrings(JsonArray(json, "hosts")));
  extras.shm_size = static_cast<uint64_t>(JsonInteger(json, "shm_size").value_or(0));
  extras.isolated = IsTrue(json, "isolated");
  for (const Json& choice : JsonArray(json, "networks")) {
    extras.networks.push_back(
        {JsonString(choice, "config").value_or(""), JsonString(choice, "interface").value_or("")});
  }
  extras.network_of = JsonString(json, "network_of").value_or("");
  extras.ipc_of = JsonString(json, "ipc_of").value_or("");
  extras.host_uts = IsTrue(json, "host_uts");
  extras.own_uts = IsTrue(json, "own_uts");
  extras.domain_name = JsonString(json, "domain_name").value_or("");
  return extras;
}

}  // namespace berth::runtime
