// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_spec.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/memory_size.h"
#include "base/path.h"
#include "base/plain_name.h"
#include "base/status.h"
#include "cri/engine_api/containers/spec_parts.h"
#include "cri/engine_api/json_fields.h"
#include "cri/engine_api/volumes/volume.h"
#include "cri/validation.h"

namespace berth::cri {
namespace {

absl::Status CheckVolumePath(const std::string& path) {
  if (IsAbsolutePath(path) && !HasNul(path) && CleanPath(path) != "/") {
    return absl::OkStatus();
  }
  // To Docker's client a name of one letter ("v:/data") is a drive.
  if (const size_t colon = path.find(':'); colon != std::string::npos) {
    RETURN_IF_ERROR(CheckVolumeName(path.substr(0, colon)));
  }
  return absl::InvalidArgumentError(absl::StrCat("invalid volume specification: '", path,
                                                 "' is no path for a volume in a container"));
}

void ParseConfig(const Json& config, ContainerSpec& spec, absl::Status& status) {
  JsonFields fields(config);
  spec.hostname = fields.Text("Hostname");
  spec.domain_name = fields.Text("Domainname");
  spec.user = fields.Text("User");
  spec.working_dir = fields.Text("WorkingDir");
  spec.stop_signal = fields.Text("StopSignal");
  spec.entrypoint = fields.TextOrTexts("Entrypoint");
  spec.command = fields.TextOrTexts("Cmd");
  spec.environment = fields.Texts("Env");
  spec.volumes = fields.Keys("Volumes");
  spec.labels = fields.TextMap("Labels");
  spec.terminal = fields.Flag("Tty");
  spec.open_input = fields.Flag("OpenStdin");
  spec.input_once = fields.Flag("StdinOnce");
  spec.stop_timeout = fields.OptionalInteger("StopTimeout");
  absl::StatusOr<HealthSpec> health = ParseHealth(config);
  fields.Note(health.status());
  spec.health = *std::move(health.ok() ? health : HealthSpec());
  for (const std::string& volume : spec.volumes) {
    fields.Note(CheckVolumePath(volume));
  }
  if (!spec.working_dir.empty() && spec.working_dir.front() != '/') {
    fields.Note(
        absl::InvalidArgumentError(absl::StrCat("the working directory '", spec.working_dir,
                                                "' is invalid, it needs to be an absolute path")));
  }
  status.Update(fields.status());
}

void ParseNamespaces(JsonFields& fields, ContainerSpec& spec) {
  spec.pid_mode = fields.Text("PidMode");
  spec.ipc_mode = fields.Text("IpcMode");
  spec.uts_mode = fields.Text("UTSMode");
  spec.userns_mode = fields.Text("UsernsMode");
  spec.cgroupns_mode = fields.Text("CgroupnsMode");
}

void ParseSecurity(JsonFields& fields, ContainerSpec& spec) {
  spec.privileged = fields.Flag("Privileged");
  spec.read_only_root = fields.Flag("ReadonlyRootfs");
  spec.cap_add = fields.TextOrTexts("CapAdd");
  spec.cap_drop = fields.TextOrTexts("CapDrop");
  spec.security_options = fields.Texts("SecurityOpt");
  spec.group_add = fields.Texts("GroupAdd");
  spec.sysctls = fields.TextMap("Sysctls");
}

// A list that is given replaces the usual one, also when it is empty.
std::optional<std::vector<std::string>> ParsePaths(const Json& host_config, JsonFields& fields,
                                                   const char* name) {
  const auto found = host_config.find(name);
  return found != host_config.end() && found->is_array() ? std::optional(fields.Texts(name))
                                                         : std::nullopt;
}

void ParseHostConfig(const Json& host_config, ContainerSpec& spec, absl::Status& status) {
  JsonFields fields(host_config, "HostConfig");
  ParseNamespaces(fields, spec);
  ParseSecurity(fields, spec);
  spec.extra_hosts = fields.Texts("ExtraHosts");
  absl::StatusOr<std::vector<MountSpec>> mounts = ParseMounts(host_config);
  fields.Note(mounts.status());
  spec.mounts = std::move(mounts).value_or(std::vector<MountSpec>());
  absl::Status parts = ParseDevices(host_config, spec);
  fields.Note(parts);
  spec.masked_paths = ParsePaths(host_config, fields, "MaskedPaths");
  spec.read_only_paths = ParsePaths(host_config, fields, "ReadonlyPaths");
  spec.volumes_from = fields.Texts("VolumesFrom");
  spec.auto_remove = fields.Flag("AutoRemove");
  spec.init = fields.Flag("Init");
  spec.shm_size = fields.Integer("ShmSize");
  spec.oom_score_adj = fields.Integer("OomScoreAdj");
  spec.cgroup_parent = fields.Text("CgroupParent");
  spec.runtime = fields.Text("Runtime");
  spec.storage_options = fields.TextMap("StorageOpt");
  spec.annotations = fields.TextMap("Annotations");
  if (spec.shm_size < 0) {
    fields.Note(absl::InvalidArgumentError("SHM size can not be less than 0"));
  }
  status.Update(fields.status());
  const auto take = [&status](auto parsed, auto& field) {
    status.Update(parsed.status());
    if (parsed.ok()) {
      field = *std::move(parsed);
    }
  };
  take(ParseRestartPolicy(fields.Object("RestartPolicy")), spec.restart);
  take(ParseLog(fields.Object("LogConfig")), spec.log);
  take(ParseResources(host_config), spec.resources);
  take(ParseKernelLimits(host_config), spec.kernel_limits);
}

absl::Status CheckMemory(const ResourceSpec& spec) {
  if (spec.memory != 0 && spec.memory < kLeastMemory) {
    return absl::InvalidArgumentError("Minimum memory limit allowed is 6MB");
  }
  if (spec.memory_swap > 0 && spec.memory == 0) {
    return absl::InvalidArgumentError(
        "You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  if (spec.memory_swap > 0 && spec.memory_swap < spec.memory) {
    return absl::InvalidArgumentError(
        "Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (spec.memory_reservation != 0 && spec.memory_reservation < kLeastMemory) {
    return absl::InvalidArgumentError("Minimum memory reservation allowed is 6MB");
  }
  if (spec.memory != 0 && spec.memory_reservation > spec.memory) {
    return absl::InvalidArgumentError(
        "Minimum memory limit can not be less than memory reservation limit, see usage");
  }
  return absl::OkStatus();
}

absl::Status CheckTogether(const ContainerSpec& spec) {
  if (spec.auto_remove && spec.restart.name != "no") {
    return absl::InvalidArgumentError("can't create 'AutoRemove' container with restart policy");
  }
  std::set<absl::string_view> targets;
  for (const MountSpec& mount : spec.mounts) {
    if (!targets.insert(mount.target).second) {
      return absl::InvalidArgumentError(absl::StrCat("Duplicate mount point: ", mount.target));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ContainerSpec> ParseContainerSpec(const Json& config, const Json& host_config) {
  ContainerSpec spec;
  absl::Status status;
  ParseConfig(config, spec, status);
  ParseHostConfig(host_config, spec, status);
  status.Update(CheckTogether(spec));
  RETURN_IF_ERROR(status);
  return spec;
}

absl::StatusOr<RestartPolicy> ParseRestartPolicy(const Json& policy) {
  JsonFields fields(policy, "RestartPolicy");
  RestartPolicy read = {fields.Text("Name"), fields.Integer("MaximumRetryCount")};
  RETURN_IF_ERROR(fields.status());
  if (read.name.empty()) {
    read.name = "no";
  }
  if (read.name != "no" && read.name != "always" && read.name != "unless-stopped" &&
      read.name != "on-failure") {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid restart policy: unknown policy '", read.name,
                     "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"));
  }
  if (read.max_retries < 0 || (read.max_retries != 0 && read.name != "on-failure")) {
    return absl::InvalidArgumentError(
        "invalid restart policy: maximum retry count can only be used with 'on-failure'");
  }
  return read;
}

absl::StatusOr<ResourceSpec> ParseResources(const Json& host_config) {
  JsonFields fields(host_config, "HostConfig");
  ResourceSpec spec;
  spec.cpu_shares = fields.Integer("CpuShares");
  spec.nano_cpus = fields.Integer("NanoCpus");
  spec.cpu_period = fields.Integer("CpuPeriod");
  spec.cpu_quota = fields.Integer("CpuQuota");
  spec.memory = fields.Integer("Memory");
  spec.memory_swap = fields.Integer("MemorySwap");
  spec.memory_reservation = fields.Integer("MemoryReservation");
  spec.pids_limit = fields.Integer("PidsLimit");
  spec.cpuset_cpus = fields.Text("CpusetCpus");
  spec.cpuset_mems = fields.Text("CpusetMems");
  RETURN_IF_ERROR(fields.status());
  RETURN_IF_ERROR(CheckMemory(spec));
  if (spec.nano_cpus != 0 && (spec.cpu_period != 0 || spec.cpu_quota != 0)) {
    return absl::InvalidArgumentError(
        "Conflicting options: Nano CPUs and CPU Period or Quota cannot both be set");
  }
  if (spec.nano_cpus < 0) {
    return absl::InvalidArgumentError("NanoCpus must not be negative");
  }
  return spec;
}

absl::StatusOr<std::string> ParseContainerName(absl::string_view name) {
  absl::string_view bare = name;
  absl::ConsumePrefix(&bare, "/");
  if (bare.size() < 2 || !IsPlainName(bare)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Invalid container name (", name, "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"));
  }
  if (bare.size() > kMaxNameLength) {
    return absl::InvalidArgumentError(
        absl::StrCat("Invalid container name: it is longer than ", kMaxNameLength));
  }
  return std::string(bare);
}

}  // namespace berth::cri
