// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_json.h"

#include <algorithm>

#include "absl/time/time.h"

#include "cri/engine_api/system_facts.h"
#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

Json Familiar(const std::vector<std::string>& names) {
  Json all = Json::array();
  for (const std::string& name : names) {
    all.push_back(imageservice::FamiliarName(name));
  }
  return all;
}

std::string TextOf(const Json& json, absl::string_view key) {
  return JsonString(json, key).value_or("");
}

}  // namespace

int64_t UnixSeconds(const std::string& rfc3339) {
  absl::Time time;
  return absl::ParseTime(absl::RFC3339_full, rfc3339, &time, nullptr) ? absl::ToUnixSeconds(time)
                                                                      : 0;
}

Json ImageSummary(const imageservice::Image& image) {
  constexpr int kNotCounted = -1;
  return {{"Id", image.id},
          {"ParentId", ""},
          {"RepoTags", Familiar(image.repo_tags)},
          {"RepoDigests", Familiar(image.repo_digests)},
          {"Created", UnixSeconds(image.created)},
          {"Size", image.size},
          {"SharedSize", kNotCounted},
          {"Labels", image.labels},
          {"Containers", kNotCounted}};
}

Json ImageDetails(const imageservice::Image& image, const Json& config) {
  const Json& history = JsonArray(config, "history");
  // ContainerConfig is of older versions of the API, but docker-compose 1.29, which takes the
  // newest one, relies on it.
  return {{"Id", image.id},
          {"RepoTags", Familiar(image.repo_tags)},
          {"RepoDigests", Familiar(image.repo_digests)},
          {"Parent", ""},
          {"Comment", history.empty() ? "" : TextOf(history.back(), "comment")},
          {"Created", image.created},
          {"DockerVersion", TextOf(config, "docker_version")},
          {"Author", TextOf(config, "author")},
          {"Config", JsonObject(config, "config")},
          {"ContainerConfig", JsonObject(config, "config")},
          {"Architecture", image.architecture},
          {"Variant", image.variant},
          {"Os", image.os},
          {"Size", image.size},
          {"GraphDriver", {{"Name", kStorageDriver}, {"Data", nullptr}}},
          {"RootFS",
           {{"Type", "layers"}, {"Layers", JsonArray(JsonObject(config, "rootfs"), "diff_ids")}}},
          {"Metadata", {{"LastTagTime", "0001-01-01T00:00:00Z"}}}};
}

Json ImageHistory(const imageservice::Image& image, const Json& config,
                  const std::vector<uint64_t>& layer_sizes) {
  Json steps = Json::array();
  size_t layer = 0;
  for (const Json& step : JsonArray(config, "history")) {
    const bool is_empty = JsonFlag(step, "empty_layer");
    const uint64_t size = is_empty || layer >= layer_sizes.size() ? 0 : layer_sizes[layer++];
    steps.push_back({{"Id", "<missing>"},
                     {"Created", UnixSeconds(TextOf(step, "created"))},
                     {"CreatedBy", TextOf(step, "created_by")},
                     {"Tags", nullptr},
                     {"Size", size},
                     {"Comment", TextOf(step, "comment")}});
  }
  std::reverse(steps.begin(), steps.end());
  if (!steps.empty()) {
    steps.front()["Id"] = image.id;
    steps.front()["Tags"] = Familiar(image.repo_tags);
  }
  return steps;
}

}  // namespace berth::cri
