// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/disk_usage.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "cri/cli/output.h"
#include "cri/cli/quantity.h"

namespace berth::cli {
namespace {

// Sizes that are not known are negative.
uint64_t Size(const berth::Json& object, absl::string_view key) {
  return static_cast<uint64_t>(std::max(JsonInteger(object, key).value_or(0), int64_t{0}));
}

bool Says(const berth::Json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key] == true;
}

KindUsage OfImages(const berth::Json& answer) {
  KindUsage usage{.kind = "Images", .size = Size(answer, "LayersSize")};
  uint64_t used = 0;
  for (const berth::Json& image : JsonArray(answer, "Images")) {
    ++usage.total;
    if (Size(image, "Containers") > 0) {
      ++usage.active;
      used += Size(image, "Size") - std::min(Size(image, "SharedSize"), Size(image, "Size"));
    }
  }
  usage.reclaimable = usage.size - std::min(used, usage.size);
  return usage;
}

void Count(KindUsage& usage, uint64_t size, bool active) {
  ++usage.total;
  usage.active += active ? 1 : 0;
  usage.size += size;
  usage.reclaimable += active ? 0 : size;
}

KindUsage OfContainers(const berth::Json& answer) {
  KindUsage usage{.kind = "Containers"};
  for (const berth::Json& container : JsonArray(answer, "Containers")) {
    const std::string state = JsonString(container, "State").value_or("");
    Count(usage, Size(container, "SizeRw"),
          state == "running" || state == "paused" || state == "restarting");
  }
  return usage;
}

KindUsage OfVolumes(const berth::Json& answer) {
  KindUsage usage{.kind = "Local Volumes"};
  for (const berth::Json& volume : JsonArray(answer, "Volumes")) {
    const berth::Json& use = JsonObject(volume, "UsageData");
    Count(usage, Size(use, "Size"), Size(use, "RefCount") > 0);
  }
  return usage;
}

KindUsage OfBuilds(const berth::Json& answer) {
  KindUsage usage{.kind = "Build Cache"};
  for (const berth::Json& record : JsonArray(answer, "BuildCache")) {
    const bool is_of_an_image = Says(record, "Shared");  // counted there
    Count(usage, is_of_an_image ? 0 : Size(record, "Size"), Says(record, "InUse"));
  }
  return usage;
}

}  // namespace

std::vector<KindUsage> UsageByKind(const berth::Json& answer) {
  return {OfImages(answer), OfContainers(answer), OfVolumes(answer), OfBuilds(answer)};
}

Table UsageTable(const std::vector<KindUsage>& kinds) {
  Table table({"TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"});
  for (const KindUsage& usage : kinds) {
    const std::string share =
        usage.size == 0 ? "" : absl::StrCat(" (", usage.reclaimable * 100 / usage.size, "%)");
    table.Add({usage.kind, absl::StrCat(usage.total), absl::StrCat(usage.active),
               HumanSize(usage.size), absl::StrCat(HumanSize(usage.reclaimable), share)});
  }
  return table;
}

Json UsageJson(const std::vector<KindUsage>& kinds) {
  Json all = Json::array();
  for (const KindUsage& usage : kinds) {
    all.push_back({{"type", usage.kind},
                   {"total", usage.total},
                   {"active", usage.active},
                   {"size", usage.size},
                   {"reclaimable", usage.reclaimable}});
  }
  return all;
}

}  // namespace berth::cli
