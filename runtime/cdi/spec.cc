// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/spec.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/json.h"
#include "base/status.h"
#include "runtime/cdi/device_name.h"
#include "runtime/cdi/object_reader.h"
#include "runtime/cdi/spec_edits.h"
#include "runtime/cdi/yaml_document.h"

namespace berth::cdi {
namespace {

// In ascending order: a specification is of one of these.
constexpr absl::string_view kVersions[] = {"0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0",
                                           "0.6.0", "0.7.0", "0.8.0", "1.0.0", "1.1.0"};
constexpr size_t kTypedMounts = 3, kHostPaths = 4, kAnnotations = 5, kGroups = 6, kNetDevices = 9;

bool HasMember(const Json* json, absl::string_view key) {
  return json != nullptr && json->is_object() && json->contains(std::string(key));
}

// The index of the lowest version that has what these edits use.
size_t VersionOf(const Edits& edits, const Json* json) {
  const auto any = [](const auto& list, auto has) {
    return std::any_of(list.begin(), list.end(), has);
  };
  if (HasMember(json, "netDevices")) {
    return kNetDevices;
  }
  if (!edits.groups.empty() || HasMember(json, "intelRdt")) {
    return kGroups;
  }
  if (any(edits.nodes, [](const DeviceNode& node) { return !node.host_path.empty(); })) {
    return kHostPaths;
  }
  if (any(edits.mounts, [](const Mount& mount) { return !mount.type.empty(); })) {
    return kTypedMounts;
  }
  return 0;
}

// A specification as it is read, and the lowest version that has all it uses.
struct Reading {
  Spec spec;
  size_t needed = 0;

  void Need(size_t version) { needed = std::max(needed, version); }
};

absl::Status ReadDevice(const Json& json, const std::string& where, Reading& reading) {
  ObjectReader reader(json, where);
  Device device;
  device.name = reader.String("name");
  if (!IsDevice(device.name)) {
    reader.Refuse(absl::StrCat("name \"", absl::CHexEscape(device.name), "\" is none of a device"));
  } else if (absl::ascii_isdigit(static_cast<unsigned char>(device.name.front()))) {
    reading.Need(kHostPaths);
  }
  if (reader.Has("annotations")) {
    reading.Need(kAnnotations);
  }
  const Json* edits = reader.Object("containerEdits");
  ASSIGN_OR_RETURN(device.edits, ReadEdits(edits, absl::StrCat(where, ".containerEdits")));
  reading.Need(VersionOf(device.edits, edits));
  RETURN_IF_ERROR(reader.Finish());
  reading.spec.devices.push_back(std::move(device));
  return absl::OkStatus();
}

absl::Status ReadDevices(ObjectReader& reader, Reading& reading) {
  const Json& devices = reader.Array("devices");
  if (devices.empty()) {
    reader.Refuse("devices is empty");
  }
  if (devices.size() > kMaxSpecDevices) {
    reader.Refuse(absl::StrCat(devices.size(), " devices are over the limit of ", kMaxSpecDevices));
    return absl::OkStatus();
  }
  std::set<std::string> names;
  for (const Json& device : devices) {
    const size_t index = reading.spec.devices.size();
    RETURN_IF_ERROR(ReadDevice(device, absl::StrCat("devices[", index, "]"), reading));
    const std::string& name = reading.spec.devices.back().name;
    if (!names.insert(name).second) {
      reader.Refuse(absl::StrCat("device ", name, " is there twice"));
    }
  }
  return absl::OkStatus();
}

void ReadKind(ObjectReader& reader, Reading& reading) {
  std::string& kind = reading.spec.kind;
  kind = reader.String("kind");
  if (!IsKind(kind)) {
    reader.Refuse(absl::StrCat("kind \"", absl::CHexEscape(kind), "\" is not of vendor/class"));
  } else if (absl::StrContains(kind.substr(kind.find('/')), '.')) {
    reading.Need(kAnnotations);
  }
}

void CheckVersion(ObjectReader& reader, const Reading& reading) {
  absl::string_view version = reading.spec.version;
  absl::ConsumePrefix(&version, "v");
  const auto* const found = std::find(std::begin(kVersions), std::end(kVersions), version);
  if (found == std::end(kVersions)) {
    reader.Refuse(
        absl::StrCat("cdiVersion \"", absl::CHexEscape(reading.spec.version), "\" is not known"));
  } else if (static_cast<size_t>(found - kVersions) < reading.needed) {
    reader.Refuse(absl::StrCat("cdiVersion ", version, ": it uses what only ",
                               kVersions[reading.needed], " has"));
  }
}

}  // namespace

absl::StatusOr<Spec> ParseSpec(absl::string_view text, SpecFormat format) {
  ASSIGN_OR_RETURN(const Json json, format == SpecFormat::kYaml ? ParseYaml(text, kMaxSpecSize)
                                                                : ParseJson(text, kMaxSpecSize));
  ObjectReader reader(json, "");
  Reading reading;
  reading.spec.version = reader.String("cdiVersion");
  ReadKind(reader, reading);
  if (reader.Has("annotations")) {
    reading.Need(kAnnotations);
  }
  const Json* edits = reader.Object("containerEdits");
  ASSIGN_OR_RETURN(reading.spec.edits, ReadEdits(edits, "containerEdits"));
  reading.Need(VersionOf(reading.spec.edits, edits));
  RETURN_IF_ERROR(ReadDevices(reader, reading));
  CheckVersion(reader, reading);
  RETURN_IF_ERROR(reader.Finish());
  return std::move(reading.spec);
}

}  // namespace berth::cdi
