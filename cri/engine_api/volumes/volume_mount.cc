// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume_mount.h"

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "base/path.h"
#include "base/status.h"
#include "runtime/spec/mount_attributes.h"

namespace berth::cri {
namespace {

constexpr absl::string_view kKnown[] = {"device", "o", "size", "type"};

struct Flag {
  absl::string_view name;
  uint64_t attribute;  // 0: it is what there is anyhow
};

constexpr Flag kFlags[] = {
    {"ro", runtime::kMountReadOnly}, {"rw", 0},  {"nosuid", runtime::kMountNoSuid}, {"suid", 0},
    {"nodev", runtime::kMountNoDev}, {"dev", 0}, {"noexec", runtime::kMountNoExec}, {"exec", 0}};

std::string Get(const StringMap& options, const std::string& name) {
  const auto found = options.find(name);
  return found == options.end() ? "" : found->second;
}

absl::Status CheckOptions(const StringMap& options) {
  for (const auto& [name, value] : options) {
    if (!absl::c_linear_search(kKnown, name)) {
      return absl::InvalidArgumentError(absl::StrCat("invalid option: \"", name, "\""));
    }
    if (HasNul(value)) {
      return absl::InvalidArgumentError(absl::StrCat("option \"", name, "\" has a NUL byte"));
    }
  }
  if (!Get(options, "size").empty()) {
    return absl::InvalidArgumentError("quota size requested but no quota support");
  }
  for (const char* required : {"device", "type"}) {
    if (!options.empty() && Get(options, required).empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("missing required option: \"", required, "\""));
    }
  }
  return absl::OkStatus();
}

void AddOption(absl::string_view text, VolumeMount& mount) {
  const auto* flag = absl::c_find_if(kFlags, [&](const Flag& each) { return each.name == text; });
  if (flag != std::end(kFlags)) {
    mount.attributes |= flag->attribute;
  } else if (text == "bind" || text == "rbind") {
    mount.binds = true;
    mount.recursive = text == "rbind";
  } else {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(text, absl::MaxSplits('=', 1));
    mount.options.emplace_back(pair.first, pair.second);
  }
}

}  // namespace

absl::StatusOr<std::optional<VolumeMount>> PlanVolumeMount(const StringMap& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  if (options.empty()) {
    return std::nullopt;
  }
  VolumeMount mount;
  mount.type = Get(options, "type");
  mount.device = Get(options, "device");
  for (const absl::string_view text : absl::StrSplit(Get(options, "o"), ',', absl::SkipEmpty())) {
    AddOption(text, mount);
  }
  mount.binds |= mount.type == "bind";
  if (mount.binds && (!IsAbsolutePath(mount.device) || !mount.options.empty())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a bind mount has an absolute path as device and no options of a filesystem, not \"",
        mount.device, "\" with \"", Get(options, "o"), "\""));
  }
  return mount;
}

}  // namespace berth::cri
