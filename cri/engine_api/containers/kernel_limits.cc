// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/kernel_limits.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/file.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/inode.h"
#include "cri/engine_api/json_fields.h"
#include "cri/engine_api/system_facts.h"

namespace berth::cri {
namespace {

constexpr char kSwappiness[] = "MemorySwappiness";
constexpr char kOomKillDisable[] = "OomKillDisable";
constexpr char kWeight[] = "BlkioWeight";
constexpr char kDeviceWeights[] = "BlkioWeightDevice";
constexpr int64_t kMinWeight = 10, kMaxWeight = 1000;
constexpr int64_t kMaxSwappiness = 100;
constexpr int64_t kUsualSwappiness = -1;  // as clients say it
constexpr char kBlockDevices[] = "/sys/block";
constexpr size_t kMaxSchedulers = 4096;

constexpr char kNoSwappiness[] =
    "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. "
    "Memory swappiness discarded.";
constexpr char kNoOomKillDisable[] =
    "Your kernel does not support OomKillDisable. OomKillDisable discarded.";
constexpr char kOomWithoutLimit[] =
    "OOM killer is disabled for the container, but no memory limit is set, this can result in the "
    "system running out of resources.";
constexpr char kNoWeight[] =
    "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.";
constexpr char kNoDeviceWeights[] =
    "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. "
    "Weight-device discarded.";

struct ThrottleField {
  const char* name;
  const char* key;
};

constexpr ThrottleField kThrottles[] = {{"BlkioDeviceReadBps", "rbps"},
                                        {"BlkioDeviceWriteBps", "wbps"},
                                        {"BlkioDeviceReadIOps", "riops"},
                                        {"BlkioDeviceWriteIOps", "wiops"}};

constexpr const char* kNotThere[] = {"CpuRealtimePeriod", "CpuRealtimeRuntime"};

void ReadDevices(JsonFields& fields, const char* list, const char* value, const char* key,
                 KernelLimits& limits) {
  for (const Json& item : fields.Array(list)) {
    JsonFields device(item, fields.PathOf(list));
    DeviceLimit limit = {device.Text("Path"), key, device.Integer(value)};
    fields.Note(device.status());
    limits.devices.push_back(std::move(limit));
  }
}

absl::Status CheckRanges(const KernelLimits& limits) {
  if (limits.swappiness.has_value() &&
      (*limits.swappiness < 0 || *limits.swappiness > kMaxSwappiness)) {
    return absl::InvalidArgumentError(absl::StrCat("Invalid value: ", *limits.swappiness,
                                                   ", valid memory swappiness range is 0-100"));
  }
  RETURN_IF_ERROR(CheckBlockWeight(limits.block_weight));
  for (const DeviceLimit& device : limits.devices) {
    if (device.key.empty()) {
      RETURN_IF_ERROR(CheckBlockWeight(device.value));
    } else if (device.value < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid value of ", device.key, " for ", device.path, ": ", device.value));
    }
  }
  return absl::OkStatus();
}

// "8:0"
absl::StatusOr<std::string> FindBlockDevice(const std::string& path) {
  const sys::ErrnoOr<struct stat> found = sys::StatAt(AT_FDCWD, path.c_str(), 0);
  if (!found.ok() || !S_ISBLK(found->st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat("stat ", path, ": ",
                     found.ok() ? "it is no block device" : strerrordesc_np(found.error().code)));
  }
  return absl::StrCat(major(found->st_rdev), ":", minor(found->st_rdev));
}

bool IsSet(const Json& host_config, const char* name) {
  const auto found = host_config.find(name);
  return found != host_config.end() && !found->is_null() && *found != 0 && *found != false &&
         !((found->is_array() || found->is_object()) && found->empty());
}

bool AsksForSwappiness(const Json& host_config) {
  const auto found = host_config.find(kSwappiness);
  return found != host_config.end() && !found->is_null() && *found != kUsualSwappiness;
}

}  // namespace

absl::StatusOr<KernelLimits> ParseKernelLimits(const Json& host_config) {
  JsonFields fields(host_config, "HostConfig");
  KernelLimits limits;
  limits.swappiness = fields.OptionalInteger(kSwappiness);
  if (limits.swappiness == kUsualSwappiness) {
    limits.swappiness.reset();
  }
  limits.oom_kill_disable = fields.Flag(kOomKillDisable);
  limits.block_weight = fields.Integer(kWeight);
  ReadDevices(fields, kDeviceWeights, "Weight", "", limits);
  for (const ThrottleField& throttle : kThrottles) {
    ReadDevices(fields, throttle.name, "Rate", throttle.key, limits);
  }
  RETURN_IF_ERROR(fields.status());
  return limits;
}

absl::Status CheckKernelLimits(const Json& host_config) {
  ASSIGN_OR_RETURN(const KernelLimits limits, ParseKernelLimits(host_config));
  RETURN_IF_ERROR(CheckRanges(limits));
  JsonFields fields(host_config, "HostConfig");
  const std::string isolation = fields.Text("Isolation");
  if (!isolation.empty() && isolation != "default") {
    return absl::InvalidArgumentError(absl::StrCat("invalid isolation '", isolation, "' on linux"));
  }
  for (const char* name : kNotThere) {
    if (fields.Integer(name) != 0) {
      return absl::UnimplementedError(absl::StrCat(name, " is not supported"));
    }
  }
  RETURN_IF_ERROR(fields.status());
  for (const DeviceLimit& limit : limits.devices) {
    RETURN_IF_ERROR(FindBlockDevice(limit.path).status());
  }
  return absl::OkStatus();
}

absl::Status CheckBlockWeight(int64_t weight) {
  return weight == 0 || (weight >= kMinWeight && weight <= kMaxWeight)
             ? absl::OkStatus()
             : absl::InvalidArgumentError(
                   absl::StrCat("Range of blkio weight is from ", kMinWeight, " to ", kMaxWeight));
}

NodeControls ReadNodeControls() {
  NodeControls node = {.has_cgroup2 = HasCgroup2()};
  auto devices = sys::DirectoryReader::Open(AT_FDCWD, kBlockDevices);
  while (devices.ok() && !node.has_bfq) {
    const sys::ErrnoOr<const dirent*> device = devices->Next();
    if (!device.ok() || *device == nullptr) {
      break;
    }
    const auto schedulers = ReadFile(
        absl::StrCat(kBlockDevices, "/", (*device)->d_name, "/queue/scheduler"), kMaxSchedulers);
    node.has_bfq = absl::StrContains(schedulers.value_or(""), "bfq");
  }
  return node;
}

std::vector<std::string> DropMissingLimits(absl::FunctionRef<NodeControls()> look,
                                           Json& host_config) {
  if (!AsksForSwappiness(host_config) && !IsSet(host_config, kOomKillDisable) &&
      !IsSet(host_config, kWeight) && !IsSet(host_config, kDeviceWeights)) {
    return {};
  }
  const NodeControls node = look();
  std::vector<std::string> warnings;
  const auto drop = [&](const char* name, const char* warning) {
    host_config[name] = nullptr;
    warnings.emplace_back(warning);
  };
  if (node.has_cgroup2 && AsksForSwappiness(host_config)) {
    drop(kSwappiness, kNoSwappiness);
  }
  if (node.has_cgroup2 && IsSet(host_config, kOomKillDisable)) {
    drop(kOomKillDisable, kNoOomKillDisable);
  }
  if (IsSet(host_config, kOomKillDisable) && !IsSet(host_config, "Memory")) {
    warnings.emplace_back(kOomWithoutLimit);
  }
  if (!node.has_bfq && IsSet(host_config, kWeight)) {
    drop(kWeight, kNoWeight);
  }
  if (!node.has_bfq && IsSet(host_config, kDeviceWeights)) {
    drop(kDeviceWeights, kNoDeviceWeights);
  }
  return warnings;
}

std::map<std::string, std::string> FindBlockDevices(const KernelLimits& limits) {
  std::map<std::string, std::string> devices;
  for (const DeviceLimit& limit : limits.devices) {
    absl::StatusOr<std::string> numbers = FindBlockDevice(limit.path);
    LogIfError(numbers.status(), "a limit of a block device has no effect");
    if (numbers.ok()) {
      devices[limit.path] = *std::move(numbers);
    }
  }
  return devices;
}

void AddKernelLimits(const KernelLimits& limits, const std::map<std::string, std::string>& devices,
                     ::runtime::v1::LinuxContainerResources& resources) {
  auto& unified = *resources.mutable_unified();
  if (limits.swappiness.has_value()) {
    unified["memory.swappiness"] = absl::StrCat(*limits.swappiness);
  }
  if (limits.oom_kill_disable) {
    unified["memory.oom_control"] = "1";
  }
  std::string weights = limits.block_weight > 0 ? absl::StrCat(limits.block_weight, "\n") : "";
  std::map<std::string, std::string> throttles;  // " rbps=1 wbps=2", by device
  for (const DeviceLimit& limit : limits.devices) {
    const auto device = devices.find(limit.path);
    if (device == devices.end() || limit.value == 0) {
      continue;
    }
    if (limit.key.empty()) {
      absl::StrAppend(&weights, device->second, " ", limit.value, "\n");
    } else {
      absl::StrAppend(&throttles[device->second], " ", limit.key, "=", limit.value);
    }
  }
  std::string maxima;
  for (const auto& [device, keys] : throttles) {
    absl::StrAppend(&maxima, device, keys, "\n");
  }
  if (!weights.empty()) {
    unified["io.bfq.weight"] = weights;
  }
  if (!maxima.empty()) {
    unified["io.max"] = maxima;
  }
}

}  // namespace berth::cri
