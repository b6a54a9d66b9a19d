// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/disk_usage.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/time_text.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"

namespace berth::cli {
namespace {

// Sizes that are not known are negative.
uint64_t Size(const berth::Json& object, absl::string_view key) {
  return static_cast<uint64_t>(std::max(JsonInteger(object, key).value_or(0), int64_t{0}));
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
    const bool is_of_an_image = JsonFlag(record, "Shared");  // counted there
    Count(usage, is_of_an_image ? 0 : Size(record, "Size"), JsonFlag(record, "InUse"));
  }
  return usage;
}

std::string Ago(absl::Time time, absl::Time now) {
  return absl::StrCat(HumanDuration(now - time), " ago");
}

std::string AgoIn(const berth::Json& object, const char* name, absl::Time now) {
  absl::Time time;
  const std::string text = JsonString(object, name).value_or("");
  return absl::ParseTime(absl::RFC3339_full, text, &time, nullptr) ? Ago(time, now) : "";
}

absl::Time CreationOf(const berth::Json& object) {
  return absl::FromUnixSeconds(JsonInteger(object, "Created").value_or(0));
}

std::string Text(const berth::Json& object, const char* name) {
  return JsonString(object, name).value_or("");
}

Table ImageTable(const berth::Json& answer, absl::Time now) {
  Table table(Columns{{"REPOSITORY"},
                      {"TAG"},
                      {"IMAGE ID"},
                      {"CREATED"},
                      {"SIZE"},
                      {"SHARED SIZE"},
                      {"UNIQUE SIZE"},
                      {"CONTAINERS"}});
  for (const berth::Json& image : JsonArray(answer, "Images")) {
    const uint64_t size = Size(image, "Size");
    const uint64_t shared = std::min(Size(image, "SharedSize"), size);
    const berth::Json& names = JsonArray(image, "RepoTags");
    const std::string name =  // one of them, as docker
        !names.empty() && names[0].is_string() ? names[0].get<std::string>() : "<none>:<none>";
    const size_t colon = name.rfind(':');
    table.Add({name.substr(0, colon), name.substr(colon + 1), ShortId(Text(image, "Id")),
               Ago(CreationOf(image), now), HumanSize(size), HumanSize(shared, kExactDigits),
               HumanSize(size - shared, kExactDigits), absl::StrCat(Size(image, "Containers"))});
  }
  return table;
}

Table ContainerTable(const berth::Json& answer, absl::Time now) {
  Table table(Columns{{"CONTAINER ID"},
                      {"IMAGE"},
                      {"COMMAND"},
                      {"LOCAL VOLUMES"},
                      {"SIZE"},
                      {"CREATED"},
                      {"STATUS"},
                      {"NAMES"}});
  for (const berth::Json& container : JsonArray(answer, "Containers")) {
    const berth::Json& mounts = JsonArray(container, "Mounts");
    const auto volumes = std::count_if(mounts.begin(), mounts.end(), [](const berth::Json& mount) {
      return Text(mount, "Driver") == "local";
    });
    const berth::Json& names = JsonArray(container, "Names");
    const std::string name =
        !names.empty() && names[0].is_string() ? names[0].get<std::string>() : "";
    table.Add({ShortId(Text(container, "Id")), Text(container, "Image"),
               QuotedCommand({Text(container, "Command")}), absl::StrCat(volumes),
               HumanSize(Size(container, "SizeRw")), Ago(CreationOf(container), now),
               Text(container, "Status"), std::string(absl::StripPrefix(name, "/"))});
  }
  return table;
}

Table VolumeTable(const berth::Json& answer) {
  Table table(Columns{{"VOLUME NAME"}, {"LINKS"}, {"SIZE"}});
  for (const berth::Json& volume : JsonArray(answer, "Volumes")) {
    const berth::Json& use = JsonObject(volume, "UsageData");
    table.Add({Text(volume, "Name"), absl::StrCat(Size(use, "RefCount")),
               HumanSize(Size(use, "Size"), kExactDigits)});
  }
  return table;
}

Table CacheTable(const berth::Json& answer, absl::Time now) {
  Table table(Columns{
      {"CACHE ID"}, {"CACHE TYPE"}, {"SIZE"}, {"CREATED"}, {"LAST USED"}, {"USAGE"}, {"SHARED"}});
  for (const berth::Json& record : JsonArray(answer, "BuildCache")) {
    table.Add({ShortId(Text(record, "ID")), Text(record, "Type"),
               HumanSize(Size(record, "Size"), kExactDigits), AgoIn(record, "CreatedAt", now),
               AgoIn(record, "LastUsedAt", now), absl::StrCat(Size(record, "UsageCount")),
               JsonFlag(record, "Shared") ? "true" : "false"});
  }
  return table;
}

}  // namespace

std::string DetailedUsage(const berth::Json& answer, absl::Time now) {
  return absl::StrCat("Images space usage:\n\n", ImageTable(answer, now).str(),
                      "\nContainers space usage:\n\n", ContainerTable(answer, now).str(),
                      "\nLocal Volumes space usage:\n\n", VolumeTable(answer).str(),
                      "\nBuild cache usage: ", HumanSize(OfBuilds(answer).size, kExactDigits),
                      "\n\n", CacheTable(answer, now).str());
}

std::vector<KindUsage> UsageByKind(const berth::Json& answer) {
  return {OfImages(answer), OfContainers(answer), OfVolumes(answer), OfBuilds(answer)};
}

Table UsageTable(const std::vector<KindUsage>& kinds) {
  Table table(Columns{{"TYPE"}, {"TOTAL", "TotalCount"}, {"ACTIVE"}, {"SIZE"}, {"RECLAIMABLE"}});
  for (const KindUsage& usage : kinds) {
    const std::string share =
        usage.size == 0 ? "" : absl::StrCat(" (", usage.reclaimable * 100 / usage.size, "%)");
    table.Add({usage.kind, absl::StrCat(usage.total), absl::StrCat(usage.active),
               HumanSize(usage.size, kExactDigits),
               absl::StrCat(HumanSize(usage.reclaimable, kExactDigits), share)});
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
