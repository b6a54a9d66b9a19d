// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/cli/network_request.h"
#include "proto/runtime/v1/api.pb.h"

// From the options of `berth run` to what is asked of CRI. Pure.
namespace berth::cli {

namespace v1 = ::runtime::v1;

inline constexpr int64_t kMaxLog = 100 << 20;  // bytes; then it is begun anew

// Of --health-*; what is empty is the image's.
struct HealthOptions {
  std::string command, interval, timeout, start_period, start_interval;
  std::optional<int64_t> retries;
  bool none = false;
};

// What CRI has nothing for: container_request asks the Engine API for it.
struct EngineOptions {
  HealthOptions health;
  EndpointOptions endpoint;             // in the network that is named first
  std::vector<NetworkChoice> networks;  // further ones
  bool publish_all = false;
  bool init = false;
  bool oom_kill_disable = false;
  bool passes_signals = true;  // of --sig-proxy
  std::string restart, ip, ip6, mac, pid, ipc, uts, userns, cgroupns, cgroup_parent;
  std::string platform, runtime, domain_name, log_driver, stop_signal, volume_driver;
  std::string shm_size, memory_swap, memory_reservation, cpuset_cpus, cpuset_mems;
  std::optional<int64_t> stop_timeout, cpu_shares, cpu_period, cpu_quota, pids_limit;
  std::optional<int64_t> oom_score_adj, memory_swappiness, block_weight;
  std::vector<std::string> mounts, tmpfs, volumes_from, exposed, network_aliases, links, hosts;
  std::vector<std::string> devices, gpus, groups, security_options, sysctls, ulimits, log_options;
  std::vector<std::string> dns_options, block_device_weights, device_rules;
  std::vector<std::string> attached;  // of --attach: "stdin", "stdout", "stderr"
  std::vector<std::string> read_bytes, write_bytes, read_operations, write_operations;
};

struct RunOptions {
  bool detach = false;
  bool remove = false;
  bool privileged = false;
  bool read_only = false;
  bool interactive = false;
  bool terminal = false;
  std::string name;     // chosen when empty
  std::string id_file;  // of --cidfile; empty: none
  std::string pod;      // to join; empty: one of its own
  std::string network = "default";
  std::string hostname;
  std::string pull = "missing";
  std::string memory;
  std::string cpus;
  std::string user;
  std::string detach_keys;  // as ParseDetachKeys takes them
  std::string working_directory;
  std::optional<std::string> entrypoint;
  std::vector<std::string> ports;
  std::vector<std::string> dns_servers;
  std::vector<std::string> dns_searches;
  std::vector<std::string> volumes;
  std::vector<std::string> environment;
  std::vector<std::string> labels;
  std::vector<std::string> annotations;
  std::vector<std::string> add_capabilities;
  std::vector<std::string> drop_capabilities;
  std::string image;
  std::vector<std::string> command;
  EngineOptions engine;
};

// The streams of a container that ours are connected with.
struct ConnectedStreams {
  bool input = false;
  bool output = true;
  bool error = true;
};

// None of one that is detached; else those of --attach, or all but an input that it has not.
ConnectedStreams ConnectedOf(const RunOptions& options);

// What the options are resolved against.
struct RunSurroundings {
  std::string working_directory;  // of this process: relative volumes begin there
  std::string log_directory;      // of the pod
  std::string uid;                // of the pod, unique
  std::function<std::optional<std::string>(const std::string&)> environment;  // for `-e NAME`
};

// Both return InvalidArgument naming the option and what it should look like.
absl::StatusOr<v1::PodSandboxConfig> PodConfigOf(const RunOptions& options,
                                                 const RunSurroundings& surroundings);
absl::StatusOr<v1::ContainerConfig> ContainerConfigOf(const RunOptions& options,
                                                      const RunSurroundings& surroundings);

// The limits that CRI knows, of a container that is to be made or updated.
absl::Status SetCriLimits(const RunOptions& options, v1::LinuxContainerResources& resources);

}  // namespace berth::cli
