// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::cdi {

inline constexpr size_t kMaxSpecSize = 8 << 20;   // bytes of one file
inline constexpr size_t kMaxSpecDevices = 65536;  // in one file

// What a specification of the Container Device Interface says is to be done to a container.

struct DeviceNode {
  std::string path;       // in the container
  std::string host_path;  // empty: `path`
  char type = 0;          // b, c (u is one), p; 0: the host's
  std::optional<uint32_t> major;
  std::optional<uint32_t> minor;
  std::optional<uint32_t> mode;
  std::optional<uint32_t> uid;
  std::optional<uint32_t> gid;
  std::string access;  // of r, w and m; empty: none
};

struct Mount {
  std::string host_path;
  std::string container_path;
  std::string type;
  std::vector<std::string> options;
};

struct Hook {
  std::string name;  // the stage
  std::string path;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  uint32_t timeout = 0;  // seconds; 0: none
};

struct Edits {
  std::vector<std::string> environment;  // KEY=value
  std::vector<DeviceNode> nodes;
  std::vector<Mount> mounts;
  std::vector<Hook> hooks;
  std::vector<uint32_t> groups;
  std::string unsupported;  // the name of something that is asked for and that Berth cannot do
};

struct Device {
  std::string name;
  Edits edits;
};

struct Spec {
  std::string version;
  std::string kind;  // "vendor.com/class"
  std::vector<Device> devices;
  Edits edits;  // of every container that gets one of the devices
};

enum class SpecFormat { kJson, kYaml };

// The specification in a file. InvalidArgument, saying where, for what is malformed, unknown, or
// not of the version that it says it has. Pure.
absl::StatusOr<Spec> ParseSpec(absl::string_view text, SpecFormat format);

}  // namespace berth::cdi
