// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/usage/usage_routes.h"

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cri/engine_api/containers/container_json.h"
#include "cri/engine_api/containers/container_size.h"
#include "cri/engine_api/usage/disk_usage.h"

namespace berth::cri {
namespace {

constexpr absl::string_view kTypes[] = {"build-cache", "container", "image", "volume"};
constexpr int64_t kNotKnown = -1;  // a size

class UsageRoutes {
 public:
  UsageRoutes(ContainerEngine& engine, const EngineParts& parts, imageservice::Builder& builder)
      : engine_(engine), parts_(parts), builder_(builder) {}

  absl::Status Tell(Exchange& exchange) const {
    const std::vector<std::string> asked = exchange.request().QueryAll("type");
    for (const std::string& type : asked) {
      if (!absl::c_linear_search(kTypes, type)) {
        return absl::InvalidArgumentError(absl::StrCat("unknown object type: ", type));
      }
    }
    const auto wants = [&asked](absl::string_view type) {
      return asked.empty() || absl::c_linear_search(asked, type);
    };
    Json usage = Json::object();
    if (wants("image")) {
      ImagesUsage images = TellImages(Images());
      usage["Images"] = std::move(images.images);
      usage["LayersSize"] = images.layers;
    }
    if (wants("container")) {
      usage["Containers"] = Containers();
    }
    if (wants("volume")) {
      usage["Volumes"] = Volumes(exchange.call());
    }
    if (wants("build-cache")) {
      ASSIGN_OR_RETURN(const std::vector<imageservice::CacheDirectory> mounts,
                       builder_.cache_mounts().List(exchange.call()));
      usage["BuildCache"] = BuildCache(mounts);
      uint64_t bytes = builder_.cache().Bytes();
      for (const imageservice::CacheDirectory& mount : mounts) {
        bytes += mount.bytes;
      }
      usage["BuilderSize"] = bytes;
    }
    exchange.SendJson(usage);
    return absl::OkStatus();
  }

 private:
  std::vector<ImageUsage> Images() const {
    std::map<std::string, int64_t> containers;
    for (const EngineContainerRecord& record : engine_.All()) {
      ++containers[record.image_id];
    }
    std::vector<ImageUsage> images;
    for (imageservice::Image& image : parts_.images.List()) {
      ImageUsage& usage = images.emplace_back();
      usage.layers = parts_.images.LayerSizes(image.id).value_or(std::vector<uint64_t>());
      usage.containers = containers[image.id];
      usage.image = std::move(image);
    }
    return images;
  }

  Json Containers() const {
    Json list = Json::array();
    for (const EngineContainerRecord& record : engine_.All()) {
      Json entry = ContainerSummary(record, {}, absl::Now());
      AddSizes(parts_.images, record, entry);
      list.push_back(std::move(entry));
    }
    return list;
  }

  Json Volumes(const Call& call) const {
    Json list = Json::array();
    for (const Volume& volume : parts_.volumes.List()) {
      Json entry = VolumeDetails(volume, parts_.volumes.Mountpoint(volume.name));
      const absl::StatusOr<uint64_t> size = parts_.volumes.SizeOf(call, volume.name);
      entry["UsageData"] = {{"Size", size.ok() ? static_cast<int64_t>(*size) : kNotKnown},
                            {"RefCount", parts_.volumes.UsersOf(volume.name).size()}};
      list.push_back(std::move(entry));
    }
    return list;
  }

  Json BuildCache(const std::vector<imageservice::CacheDirectory>& mounts) const {
    Json list = Json::array();
    const auto add = [&list](const char* type, const std::string& id, bool in_use, uint64_t bytes,
                             const std::string& made_at, const std::string& used_at) {
      list.push_back({{"ID", id},
                      {"Type", type},
                      {"Description", ""},
                      {"InUse", in_use},
                      {"Shared", false},
                      {"Size", bytes},
                      {"CreatedAt", made_at},
                      {"LastUsedAt", used_at},
                      {"UsageCount", 1}});
    };
    for (const imageservice::CacheEntry& step : builder_.cache().Entries()) {
      add("regular", step.key, false, step.step.layer.has_value() ? step.step.layer->size : 0,
          step.step.created, TimeText(absl::ToUnixNanos(step.used_at)));
    }
    for (const imageservice::CacheDirectory& mount : mounts) {
      const std::string used_at = TimeText(absl::ToUnixNanos(mount.used_at));
      add("exec.cachemount", mount.name, mount.in_use, mount.bytes,
          /*made_at=*/used_at, used_at);  // nothing else is known
    }
    return list;
  }

  ContainerEngine& engine_;
  const EngineParts parts_;
  imageservice::Builder& builder_;
};

}  // namespace

void AddUsageRoutes(Router& router, ContainerEngine& engine, const EngineParts& parts,
                    imageservice::Builder& builder) {
  const auto routes = std::make_shared<UsageRoutes>(engine, parts, builder);
  router.Add("GET", "/system/df",
             [routes](Exchange& exchange, const std::string&) { return routes->Tell(exchange); });
}

}  // namespace berth::cri
