// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/saved_container.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/json.h"
#include "base/path.h"
#include "base/status.h"

namespace berth::runtime {
namespace {

constexpr int64_t kVersion = 1;

absl::Status Bad(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the checkpoint's record has a bad ", what));
}

bool AllHex(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

// "pipe:[7]", "file[1a:3]", or nothing.
bool IsStreamKey(absl::string_view key) {
  if (key.empty()) {
    return true;
  }
  if (!absl::ConsumeSuffix(&key, "]")) {
    return false;
  }
  if (absl::ConsumePrefix(&key, "pipe:[")) {
    return AllHex(key);
  }
  const size_t colon = key.find(':');
  return absl::ConsumePrefix(&key, "file[") && colon != key.npos &&
         AllHex(key.substr(0, key.find(':'))) && AllHex(key.substr(key.find(':') + 1));
}

bool IsMountPath(const std::string& path) {
  return IsAbsolutePath(path) && !HasDotDot(path) && !HasNul(path);
}

// CRIU takes "mnt[" KEY "]:" PATH.
bool IsMountPoint(const std::string& path) {
  return IsMountPath(path) && path.find_first_of("[]:") == path.npos;
}

absl::StatusOr<ExternalMount> ParseMount(const Json& json) {
  ExternalMount mount;
  mount.mount_point = JsonString(json, "mountPoint").value_or("");
  mount.destination = JsonString(json, "destination").value_or("");
  const bool right = IsMountPoint(mount.mount_point) &&
                     (mount.destination.empty() || IsMountPath(mount.destination));
  if (!right) {
    return Bad("mount");
  }
  return mount;
}

bool Flag(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || !found->is_boolean() || found->get<bool>();
}

absl::Status ReadParts(const Json& json, SavedContainer& saved) {
  const Json& streams = JsonArray(json, "streams");
  for (size_t i = 0; i < saved.streams.size() && i < streams.size(); ++i) {
    if (!streams[i].is_string() || !IsStreamKey(streams[i].get_ref<const std::string&>())) {
      return Bad("stream");
    }
    saved.streams[i] = streams[i].get<std::string>();
  }
  const Json& mounts = JsonArray(json, "mounts");
  if (mounts.size() > kMaxExternalMounts) {
    return Bad("number of mounts");
  }
  for (const Json& item : mounts) {
    ASSIGN_OR_RETURN(ExternalMount mount, ParseMount(item));
    saved.mounts.push_back(std::move(mount));
  }
  for (const auto& [name, text] : JsonObject(json, "traits").items()) {
    if (!text.is_string()) {
      return Bad("trait");
    }
    saved.traits[name] = text.get<std::string>();
  }
  return absl::OkStatus();
}

}  // namespace

std::string FormatSavedContainer(const SavedContainer& saved) {
  Json mounts = Json::array();
  for (const ExternalMount& mount : saved.mounts) {
    mounts.push_back({{"mountPoint", mount.mount_point}, {"destination", mount.destination}});
  }
  return FormatJson(Json{{"version", kVersion},
                         {"podNamespace", saved.pod_namespace},
                         {"ownNetwork", saved.own_network},
                         {"ownIpc", saved.own_ipc},
                         {"ownUts", saved.own_uts},
                         {"streams", saved.streams},
                         {"mounts", std::move(mounts)},
                         {"traits", saved.traits}});
}

absl::StatusOr<SavedContainer> ParseSavedContainer(absl::string_view text) {
  const absl::StatusOr<Json> json = ParseJson(text, kMaxSavedContainer);
  if (!json.ok() || JsonInteger(*json, "version") != kVersion) {
    return Bad("form or version");
  }
  SavedContainer saved;
  saved.pod_namespace = JsonString(*json, "podNamespace").value_or("");
  saved.own_network = Flag(*json, "ownNetwork");
  saved.own_ipc = Flag(*json, "ownIpc");
  saved.own_uts = Flag(*json, "ownUts");
  RETURN_IF_ERROR(ReadParts(*json, saved));
  return saved;
}

}  // namespace berth::runtime
