// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/devices.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/status.h"

namespace berth::runtime {
namespace {

constexpr uint32_t kMemoryMajor = 1;
constexpr uint32_t kTtyMajor = 5;
constexpr uint32_t kPtsMajor = 136;

// What has a meaning of its own in every /dev and is not the host's to give.
constexpr absl::string_view kOwnToEachContainer[] = {"/dev/console", "/dev/ptmx"};

DevicePlan Node(const char* path, uint32_t major, uint32_t minor) {
  DevicePlan node;
  node.path = path;
  node.source = path;
  node.major = major;
  node.minor = minor;
  return node;
}

std::vector<DevicePlan> DefaultNodes() {
  return {
      Node("/dev/null", kMemoryMajor, 3),    Node("/dev/zero", kMemoryMajor, 5),
      Node("/dev/full", kMemoryMajor, 7),    Node("/dev/random", kMemoryMajor, 8),
      Node("/dev/urandom", kMemoryMajor, 9), Node("/dev/tty", kTtyMajor, 0),
  };
}

// The launch makes /dev/ptmx itself, beside /dev/pts.
std::vector<SymlinkPlan> DefaultSymlinks() {
  return {
      {"/dev/fd", "/proc/self/fd"},       {"/dev/stdin", "/proc/self/fd/0"},
      {"/dev/stdout", "/proc/self/fd/1"}, {"/dev/stderr", "/proc/self/fd/2"},
      {"/dev/core", "/proc/kcore"},
  };
}

// Nodes of any device may be made; only these may be used.
std::vector<DeviceAccess> DefaultAccess() {
  std::vector<DeviceAccess> access = {{true, 'c', {}, {}, "m"}, {true, 'b', {}, {}, "m"}};
  for (const DevicePlan& node : DefaultNodes()) {
    access.push_back({true, 'c', node.major, node.minor, "rwm"});
  }
  access.push_back({true, 'c', kTtyMajor, 1, "rwm"});   // console
  access.push_back({true, 'c', kTtyMajor, 2, "rwm"});   // ptmx
  access.push_back({true, 'c', kPtsMajor, {}, "rwm"});  // pts
  return access;
}

absl::StatusOr<std::string> CheckPermissions(const std::string& permissions) {
  if (permissions.empty()) {
    return std::string("rwm");
  }
  if (permissions.find_first_not_of("rwm") != std::string::npos || permissions.size() > 3) {
    return absl::InvalidArgumentError(absl::StrCat(
        "devices: permissions \"", absl::CHexEscape(permissions), "\" are not of r, w and m"));
  }
  return permissions;
}

DevicePlan NodeOf(const HostDevice& device, std::string path) {
  DevicePlan node;
  node.path = std::move(path);
  node.source = device.path;
  node.block = device.block;
  node.major = device.major;
  node.minor = device.minor;
  node.mode = device.mode;
  node.uid = device.uid;
  node.gid = device.gid;
  return node;
}

// One node a path: a later one takes the place of an earlier one.
void AddNode(DevicePlan node, std::vector<DevicePlan>& nodes) {
  const auto same = std::find_if(nodes.begin(), nodes.end(),
                                 [&](const DevicePlan& other) { return other.path == node.path; });
  if (same != nodes.end()) {
    *same = std::move(node);
  } else {
    nodes.push_back(std::move(node));
  }
}

absl::Status AddRequested(const v1::Device& device, HostFiles& host, PlannedDevices& result) {
  if (!IsAbsolutePath(device.host_path())) {
    return absl::InvalidArgumentError("devices: host_path must be absolute");
  }
  ASSIGN_OR_RETURN(const std::string permissions, CheckPermissions(device.permissions()));
  const std::string from = CleanPath(device.host_path());
  const std::string to = device.container_path().empty()
                             ? from
                             : CleanPath(absl::StrCat("/", device.container_path()));
  ASSIGN_OR_RETURN(const std::vector<HostDevice> found, host.FindDevices(from));
  for (const HostDevice& one : found) {
    const absl::string_view below = absl::StripPrefix(one.path, from);  // empty for the path itself
    AddNode(NodeOf(one, absl::StrCat(to, below)), result.nodes);
    result.access.push_back({true, one.block ? 'b' : 'c', one.major, one.minor, permissions});
  }
  return absl::OkStatus();
}

absl::Status AddAllOfHost(HostFiles& host, PlannedDevices& result) {
  ASSIGN_OR_RETURN(const std::vector<HostDevice> found, host.FindDevices("/dev"));
  for (const HostDevice& device : found) {
    if (std::find(std::begin(kOwnToEachContainer), std::end(kOwnToEachContainer), device.path) ==
        std::end(kOwnToEachContainer)) {
      AddNode(NodeOf(device, device.path), result.nodes);
    }
  }
  result.access = {{true}};
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PlannedDevices> PlanDevices(const v1::ContainerConfig& container, HostFiles& host,
                                           const std::vector<ExtraDevice>& extra) {
  PlannedDevices result;
  result.nodes = DefaultNodes();
  result.symlinks = DefaultSymlinks();
  result.access = DefaultAccess();
  if (container.linux().security_context().privileged()) {
    RETURN_IF_ERROR(AddAllOfHost(host, result));
  }
  for (const v1::Device& device : container.devices()) {
    RETURN_IF_ERROR(AddRequested(device, host, result));
  }
  for (const ExtraDevice& device : extra) {
    const DevicePlan& node = device.node;
    if (!device.access.empty()) {
      result.access.push_back(
          {true, node.block ? 'b' : 'c', node.major, node.minor, device.access});
    }
    AddNode(node, result.nodes);
  }
  if (result.nodes.size() > kMaxDevices) {
    return absl::InvalidArgumentError(absl::StrCat("devices: ", result.nodes.size(),
                                                   " nodes are over the limit of ", kMaxDevices));
  }
  return result;
}

}  // namespace berth::runtime
