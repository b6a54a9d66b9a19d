// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/status.h"

namespace berth::cri {
namespace {

bool IsLetterOrDigit(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

StringMap StringsOf(const Json& json) {
  StringMap strings;
  for (const auto& [key, value] : json.items()) {
    if (value.is_string()) {
      strings[key] = value.get<std::string>();
    }
  }
  return strings;
}

}  // namespace

absl::Status CheckVolumeName(absl::string_view name) {
  if (name.size() < 2) {
    return absl::InvalidArgumentError(
        "volume name is too short, names should be at least two alphanumeric characters");
  }
  if (name.size() > kMaxVolumeName) {
    return absl::InvalidArgumentError(
        absl::StrCat("volume name is longer than ", kMaxVolumeName, " characters"));
  }
  const auto is_part = [](char c) {
    return IsLetterOrDigit(c) || c == '_' || c == '.' || c == '-';
  };
  if (!IsLetterOrDigit(name[0]) || !absl::c_all_of(name, is_part)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", name, "\" includes invalid characters for a local volume name, only ",
        "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, ",
        "use absolute path"));
  }
  return absl::OkStatus();
}

Json VolumeRecord(const Volume& volume) {
  return {{"name", volume.name},
          {"createdAt", volume.created_at},
          {"labels", volume.labels},
          {"options", volume.options}};
}

absl::StatusOr<Volume> ReadVolumeRecord(const Json& record) {
  Volume volume;
  volume.name = JsonString(record, "name").value_or("");
  volume.created_at = JsonInteger(record, "createdAt").value_or(0);
  volume.labels = StringsOf(JsonObject(record, "labels"));
  volume.options = StringsOf(JsonObject(record, "options"));
  if (!CheckVolumeName(volume.name).ok()) {
    return absl::DataLossError("a volume's record cannot be read");
  }
  return volume;
}

Json VolumeDetails(const Volume& volume, const std::string& mountpoint) {
  const absl::Time created = absl::FromUnixSeconds(volume.created_at / 1'000'000'000);
  return {{"Name", volume.name},
          {"Driver", kLocalVolumes},
          {"Scope", "local"},
          {"Mountpoint", mountpoint},
          {"CreatedAt", absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", created, absl::UTCTimeZone())},
          {"Labels", volume.labels.empty() ? Json() : Json(volume.labels)},
          {"Options", volume.options.empty() ? Json() : Json(volume.options)}};
}

}  // namespace berth::cri
