// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_mounts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/path.h"
#include "base/status.h"
#include "cri/engine_api/containers/spec_parts.h"
#include "cri/engine_api/volumes/volume.h"

namespace berth::cri {
namespace {

// On record only: no request says them so.
constexpr char kImageId[] = "ImageID";
constexpr char kRelabel[] = "Relabel";

// A later one takes the place of an earlier one.
void Put(std::vector<MountSpec>& mounts, MountSpec mount) {
  mounts.erase(std::remove_if(mounts.begin(), mounts.end(),
                              [&](const MountSpec& other) { return other.target == mount.target; }),
               mounts.end());
  mounts.push_back(std::move(mount));
}

Json FormatMount(const MountSpec& mount) {
  Json json = {{"Source", mount.source}, {"Target", mount.target}, {"ReadOnly", mount.read_only}};
  if (!mount.relabel.empty()) {
    json[kRelabel] = mount.relabel;
  }
  switch (mount.type) {
    case MountSpec::Type::kBind:
      json["Type"] = "bind";
      json["BindOptions"] = {{"Propagation", mount.propagation},
                             {"CreateMountpoint", mount.make_source},
                             {"NonRecursive", !mount.is_recursive},
                             {"ReadOnlyNonRecursive", mount.read_only && !mount.read_only_below}};
      break;
    case MountSpec::Type::kVolume:
      json["Type"] = "volume";
      json["VolumeOptions"] = {
          {"NoCopy", mount.no_copy}, {"Subpath", mount.subpath}, {"Labels", mount.labels}};
      break;
    case MountSpec::Type::kTmpfs:
      json["Type"] = "tmpfs";
      json["TmpfsOptions"] = {
          {"SizeBytes", mount.tmpfs_size}, {"Mode", mount.tmpfs_mode}, {"Options", Json::array()}};
      for (const std::string& option : mount.tmpfs_options) {
        json["TmpfsOptions"]["Options"].push_back({option});
      }
      break;
    case MountSpec::Type::kImage:
      json["Type"] = "image";
      json["ImageOptions"] = {{"Subpath", mount.subpath}};
      json[kImageId] = mount.image_id;
      break;
  }
  return json;
}

// As -v says it; `usual` where nothing is said.
std::string ModeOf(const MountSpec& mount, const char* usual) {
  if (mount.relabel.empty()) {
    return mount.read_only ? "ro" : usual;
  }
  return absl::StrCat(mount.read_only ? "ro," : "", mount.relabel);
}

// Of the container's own mounts. An image's volumes and another container's mounts have no mode.
std::set<std::string> NamedTargets(const Json& host_config) {
  std::set<std::string> targets;
  for (const MountSpec& mount : ParseMounts(host_config).value_or(std::vector<MountSpec>())) {
    targets.insert(mount.target);
  }
  return targets;
}

}  // namespace

absl::StatusOr<VolumesFrom> ParseVolumesFrom(absl::string_view text) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  VolumesFrom from{.container = parts.first};
  for (const absl::string_view mode : absl::StrSplit(parts.second, ',', absl::SkipEmpty())) {
    if (mode != "ro" && mode != "rw" && mode != "z" && mode != "Z") {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid mode for volumes-from: ", parts.second));
    }
    from.read_only |= mode == "ro";
  }
  return from.container.empty() ? absl::InvalidArgumentError(
                                      absl::StrCat("malformed volumes-from specification: ", text))
                                : absl::StatusOr<VolumesFrom>(from);
}

std::vector<MountSpec> InheritMounts(std::vector<MountSpec> mounts, bool read_only) {
  std::erase_if(mounts, [](const MountSpec& m) { return m.type == MountSpec::Type::kTmpfs; });
  for (MountSpec& mount : mounts) {
    mount.read_only |= read_only;
    mount.no_copy = true;
  }
  return mounts;
}

std::vector<MountSpec> ResolveMounts(const ContainerSpec& spec, std::vector<MountSpec> inherited) {
  std::vector<MountSpec> mounts;
  for (MountSpec& mount : inherited) {
    Put(mounts, std::move(mount));
  }
  for (const MountSpec& mount : spec.mounts) {
    Put(mounts, mount);
  }
  for (const std::string& volume : spec.volumes) {
    MountSpec mount;
    mount.type = MountSpec::Type::kVolume;
    mount.target = CleanPath(volume);
    const bool taken = std::any_of(mounts.begin(), mounts.end(), [&](const MountSpec& other) {
      return other.target == mount.target;
    });
    if (!taken) {
      mounts.push_back(std::move(mount));
    }
  }
  std::stable_sort(mounts.begin(), mounts.end(), [](const MountSpec& a, const MountSpec& b) {
    const auto depth = [](const MountSpec& mount) {
      return std::count(mount.target.begin(), mount.target.end(), '/');
    };
    return depth(a) < depth(b);
  });
  return mounts;
}

Json FormatMounts(const std::vector<MountSpec>& mounts) {
  Json record = Json::array();
  for (const MountSpec& mount : mounts) {
    record.push_back(FormatMount(mount));
  }
  return record;
}

std::vector<MountSpec> ReadMounts(const Json& record) {
  std::vector<MountSpec> mounts;
  for (const Json& each : record) {
    if (absl::StatusOr<MountSpec> mount = ParseLongMount(each); mount.ok()) {
      mount->image_id = JsonString(each, kImageId).value_or("");
      mount->relabel = JsonString(each, kRelabel).value_or("");
      // An older daemon's, which left what is mounted below as it is.
      const bool is_old = !JsonObject(each, "BindOptions").contains("ReadOnlyNonRecursive");
      if (mount->type == MountSpec::Type::kBind && is_old) {
        mount->read_only_below = false;
      }
      mounts.push_back(*std::move(mount));
    }
  }
  return mounts;
}

std::vector<std::string> MountedImageIds(const Json& record) {
  std::vector<std::string> ids;
  for (const Json& mount : record) {
    if (std::string id = JsonString(mount, kImageId).value_or(""); !id.empty()) {
      ids.push_back(std::move(id));
    }
  }
  return ids;
}

bool IsAnonymous(const MountSpec& mount) {
  return mount.type == MountSpec::Type::kVolume && mount.labels.count(kAnonymousVolume) != 0;
}

Json MountPoints(const std::vector<MountSpec>& mounts, const Json& host_config,
                 const std::function<std::string(const std::string& volume)>& place_of) {
  std::set<std::string> told;
  for (const auto& [target, options] : JsonObject(host_config, "Tmpfs").items()) {
    told.insert(CleanPath(target));
  }
  const std::set<std::string> named = NamedTargets(host_config);
  Json points = Json::array();
  for (const MountSpec& mount : mounts) {
    const bool has_mode = named.count(mount.target) > 0;
    Json point = {{"Destination", mount.target}, {"RW", !mount.read_only}};
    switch (mount.type) {
      case MountSpec::Type::kTmpfs:
        if (told.count(mount.target) > 0) {
          continue;
        }
        point["Type"] = "tmpfs";
        point["Source"] = point["Mode"] = point["Propagation"] = "";
        break;
      case MountSpec::Type::kBind:
        point["Type"] = "bind";
        point["Source"] = mount.source;
        point["Mode"] = has_mode ? ModeOf(mount, "") : "";
        point["Propagation"] = mount.propagation.empty() ? "rprivate" : mount.propagation;
        break;
      case MountSpec::Type::kVolume:
        point["Type"] = "volume";
        point["Name"] = mount.source;
        point["Source"] = place_of(mount.source);
        point["Driver"] = kLocalVolumes;
        point["Mode"] = has_mode ? ModeOf(mount, "z") : "";
        point["Propagation"] = "";
        break;
      case MountSpec::Type::kImage:
        point["Type"] = "image";
        point["Name"] = mount.source;
        point["Source"] = mount.image_id;
        point["Mode"] = "";
        point["Propagation"] = "rprivate";
        break;
    }
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace berth::cri
