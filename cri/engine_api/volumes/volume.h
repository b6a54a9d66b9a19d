// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"

// Docker's volumes as data. Pure.
namespace berth::cri {

inline constexpr size_t kMaxVolumeName = 255;  // a file's name
inline constexpr char kLocalVolumes[] = "local";
// The label by which Docker's clients know what was made without a name.
inline constexpr char kAnonymousVolume[] = "com.docker.volume.anonymous";

using StringMap = std::map<std::string, std::string>;

struct Volume {
  std::string name;
  int64_t created_at = 0;  // ns
  StringMap labels = {};
  StringMap options = {};     // of the driver `local`: type, device, o
  std::string draft_of = "";  // the container that it was made for and that may never be; or empty
  std::string unreadable = "";  // why its record is none: nothing begins to use it

  bool anonymous() const { return labels.find(kAnonymousVolume) != labels.end(); }
};

// InvalidArgument, in Docker's words, unless it is [a-zA-Z0-9][a-zA-Z0-9_.-]+.
absl::Status CheckVolumeName(absl::string_view name);

// What is on record.
Json VolumeRecord(const Volume& volume);
// That of the volume `name`. Of one that is unreadable the name alone.
Volume ReadVolumeRecord(const std::string& name, const absl::StatusOr<Json>& record);

// The volume as the Engine API tells of it.
Json VolumeDetails(const Volume& volume, const std::string& mountpoint);

}  // namespace berth::cri
