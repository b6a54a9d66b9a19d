// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/plain_name.h"
#include "base/status.h"
#include "cri/engine_api/json_fields.h"

namespace berth::cri {

absl::Status CheckVolumeName(absl::string_view name) {
  if (name.size() < 2) {
    return absl::InvalidArgumentError(
        "volume name is too short, names should be at least two alphanumeric characters");
  }
  if (name.size() > kMaxVolumeName) {
    return absl::InvalidArgumentError(
        absl::StrCat("volume name is longer than ", kMaxVolumeName, " characters"));
  }
  if (!IsPlainName(name)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", name, "\" includes invalid characters for a local volume name, only ",
        "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, ",
        "use absolute path"));
  }
  return absl::OkStatus();
}

Json VolumeRecord(const Volume& volume) {
  Json record = {{"name", volume.name},
                 {"createdAt", volume.created_at},
                 {"labels", volume.labels},
                 {"options", volume.options}};
  if (!volume.draft_of.empty()) {
    record["draftOf"] = volume.draft_of;
  }
  return record;
}

Volume ReadVolumeRecord(const std::string& name, const absl::StatusOr<Json>& record) {
  Volume volume;
  absl::Status read = record.status();
  if (record.ok()) {
    JsonFields fields(*record);
    volume.name = fields.Text("name");
    volume.created_at = fields.Integer("createdAt");
    volume.labels = fields.TextMap("labels");
    volume.options = fields.TextMap("options");
    volume.draft_of = fields.Text("draftOf");
    read = fields.status();
    read.Update(volume.name == name ? CheckVolumeName(name)
                                    : absl::DataLossError("name: it is not there, or another one"));
  }
  if (!read.ok()) {
    volume = {.name = name, .unreadable = std::string(read.message())};
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
