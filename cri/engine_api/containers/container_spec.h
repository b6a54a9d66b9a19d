// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "cri/engine_api/containers/health.h"
#include "cri/engine_api/containers/kernel_limits.h"
#include "cri/engine_api/ulimits.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// One entry of Mounts, or of Binds in the long form.
struct MountSpec {
  enum class Type { kBind, kVolume, kTmpfs, kImage };
  Type type = Type::kBind;
  std::string source;  // a path of the host, an image's name, or a volume's: empty for one without
  std::string target;  // clean
  bool read_only = false;
  std::string propagation;   // of a bind; empty: rprivate
  std::string relabel;       // of a bind or a volume, for SELinux; "z": its files are shared, "Z":
                             // they are the container's own
  bool make_source = false;  // of a bind: a directory, where nothing is
  bool is_recursive = true;  // of a bind: with what is mounted below its source
  // Of one that is read-only and propagates nothing, also what is mounted below it.
  bool read_only_below = true;
  std::string image_id;  // of an image; empty until it is looked up
  std::string subpath;   // the part of a volume or an image that is mounted; empty: all
  bool no_copy = false;  // of a volume, as the next two
  std::string driver;    // of one that is made, as the next
  std::map<std::string, std::string> labels, options;
  int64_t tmpfs_size = 0;  // bytes; 0: none set
  int64_t tmpfs_mode = 01777;
  std::vector<std::string> tmpfs_options;
};

struct DeviceSpec {
  std::string source;
  std::string target;
  std::string access = "rwm";
};

struct RestartPolicy {
  std::string name = "no";  // "no", "always", "unless-stopped", "on-failure"
  int64_t max_retries = 0;  // of on-failure; 0: no end
};

struct LogSpec {
  std::string driver = "json-file";
  int64_t max_size = 0;  // bytes; 0: no limit
  int64_t max_files = 1;
};

struct ResourceSpec {
  int64_t cpu_shares = 0, nano_cpus = 0, cpu_period = 0, cpu_quota = 0;
  int64_t memory = 0, memory_swap = 0, memory_reservation = 0, pids_limit = 0;
  std::string cpuset_cpus, cpuset_mems;
};

// Of memory and swap together, where it is not said: as much swap as memory, as Docker.
inline int64_t UsualSwap(int64_t memory) {
  return 2 * memory;
}

// Config and HostConfig of a container, as typed values, but for what they say of networks
// (networks/endpoint.h). What Linux has is read; what is asked for and cannot be given is refused,
// not dropped.
struct ContainerSpec {
  std::string hostname, domain_name, user, working_dir, stop_signal;
  std::vector<std::string> entrypoint, command, environment, volumes;
  std::map<std::string, std::string> labels;
  bool terminal = false, open_input = false, input_once = false;
  std::optional<int64_t> stop_timeout;  // seconds
  HealthSpec health;

  std::vector<MountSpec> mounts;  // Binds, Mounts and Tmpfs, as requested
  std::vector<std::string> volumes_from;
  std::string pid_mode, ipc_mode, uts_mode, userns_mode, cgroupns_mode;
  RestartPolicy restart;
  bool auto_remove = false, privileged = false, read_only_root = false;
  bool init = false;
  std::vector<std::string> cap_add, cap_drop, extra_hosts, group_add;
  std::vector<std::string> security_options, cdi_devices;
  std::optional<std::vector<std::string>> masked_paths, read_only_paths;
  std::map<std::string, std::string> annotations, sysctls, storage_options;
  std::vector<DeviceSpec> devices;
  std::vector<runtime::DeviceAccess> device_access;  // of DeviceCgroupRules
  std::vector<UlimitSpec> ulimits;
  int64_t shm_size = 0, oom_score_adj = 0;
  std::string cgroup_parent, runtime;
  LogSpec log;
  ResourceSpec resources;
  KernelLimits kernel_limits;
};

// InvalidArgument for a wrong type or a value that Docker refuses, naming it. Pure.
absl::StatusOr<ContainerSpec> ParseContainerSpec(const Json& config, const Json& host_config);

// "/src:/dst:ro,z", as in Binds and -v; a source without a slash is a volume's name. Pure.
absl::StatusOr<MountSpec> ParseBind(absl::string_view text);

// "RESTART": the policy of HostConfig. Pure.
absl::StatusOr<RestartPolicy> ParseRestartPolicy(const Json& policy);

// Resources of HostConfig, and of an update's body. Pure.
absl::StatusOr<ResourceSpec> ParseResources(const Json& host_config);

// [A-Za-z0-9][A-Za-z0-9_.-]+, perhaps with a slash before it, which is taken off. InvalidArgument
// in Docker's words.
absl::StatusOr<std::string> ParseContainerName(absl::string_view name);

}  // namespace berth::cri
