// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/json.h"

// What GET /info tells.
namespace berth::cri {

// As which of Docker's storage drivers ours is told.
inline constexpr char kStorageDriver[] = "overlay2";

// As which of its runtimes what starts a container where nothing is said.
inline constexpr char kOwnRuntime[] = "berth";

struct ContainerCounts {
  int running = 0;
  int paused = 0;
  int stopped = 0;
};

// What the node and its kernel are.
struct NodeFacts {
  std::string name, kernel, machine;
  std::string os_name, os_version;  // of os-release
  int64_t cpus = 0;
  uint64_t memory = 0;  // bytes
  bool has_cgroup2 = false;
  bool has_apparmor = false;
  bool has_selinux = false;
};

struct InfoFacts {
  NodeFacts node;
  ContainerCounts containers;
  size_t images = 0;
  std::string root;           // the daemon's
  std::string cgroup_driver;  // "systemd" or "cgroupfs"
  std::vector<std::string> handlers;
  std::vector<std::string> cdi_spec_dirs = {};
  std::string time;  // now
};

NodeFacts ReadNodeFacts();

// Whether the node has cgroup2 alone.
bool HasCgroup2();

// As Docker's system.Info. Pure.
Json InfoJson(const InfoFacts& facts);

// The value of a line of os-release, without its quotes; empty where there is none. Pure.
std::string OsReleaseValue(absl::string_view text, absl::string_view name);

}  // namespace berth::cri
