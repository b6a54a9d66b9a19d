// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/system_facts.h"

#include <fcntl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/file.h"
#include "base/kernel_names.h"
#include "base/sys/inode.h"
#include "base/version.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxOsRelease = 64 << 10;

bool IsThere(const char* path) {
  return sys::StatAt(AT_FDCWD, path, 0).ok();
}

Json RuntimesJson(const std::vector<std::string>& handlers) {
  Json runtimes = {{kOwnRuntime, {{"path", "berth-shim"}}}};
  for (const std::string& handler : handlers) {
    if (!handler.empty() && handler != kOwnRuntime) {
      runtimes[handler] = {{"path", handler}};
    }
  }
  return runtimes;
}

Json SecurityJson(const NodeFacts& node) {
  Json options = Json::array({"name=seccomp,profile=builtin", "name=cgroupns"});
  if (node.has_apparmor) {
    options.push_back("name=apparmor");
  }
  if (node.has_selinux) {
    options.push_back("name=selinux");
  }
  return options;
}

// What is the same on every node: what we have, and what Docker has and we have not.
Json ConstantsJson() {
  const Json no_commit = {{"ID", ""}};
  return {{"Driver", kStorageDriver},
          {"DriverStatus", Json::array()},
          {"MemoryLimit", true},
          {"SwapLimit", true},
          {"CpuCfsPeriod", true},
          {"CpuCfsQuota", true},
          {"CPUShares", true},
          {"CPUSet", true},
          {"PidsLimit", true},
          {"IPv4Forwarding", true},
          {"Debug", false},
          {"NFd", 0},
          {"NGoroutines", 0},
          {"NEventsListener", 0},
          {"LoggingDriver", "json-file"},
          {"OSType", "linux"},
          {"IndexServerAddress", "https://index.docker.io/v1/"},
          {"RegistryConfig",
           {{"InsecureRegistryCIDRs", {"::1/128", "127.0.0.0/8"}},
            {"IndexConfigs",
             {{"docker.io",
               {{"Name", "docker.io"},
                {"Mirrors", Json::array()},
                {"Secure", true},
                {"Official", true}}}}},
            {"Mirrors", Json::array()}}},
          {"GenericResources", nullptr},
          {"HttpProxy", ""},
          {"HttpsProxy", ""},
          {"NoProxy", ""},
          {"Labels", Json::array()},
          {"ExperimentalBuild", false},
          {"ServerVersion", kVersion},
          {"DefaultRuntime", kOwnRuntime},
          {"Swarm", {{"LocalNodeState", "inactive"}}},
          {"LiveRestoreEnabled", true},
          {"Isolation", ""},
          {"InitBinary", "tini"},
          {"ContainerdCommit", no_commit},
          {"RuncCommit", no_commit},
          {"InitCommit", no_commit},
          {"Plugins",
           {{"Volume", {"local"}},
            {"Network", {"bridge", "host", "none"}},
            {"Authorization", nullptr},
            {"Log", {"json-file", "local", "none"}}}},
          {"Warnings", nullptr}};
}

}  // namespace

bool HasCgroup2() {
  return IsThere("/sys/fs/cgroup/cgroup.controllers");
}

NodeFacts ReadNodeFacts() {
  NodeFacts node;
  const KernelNames names = ReadKernelNames();
  node.name = names.node;
  node.kernel = names.release;
  node.machine = names.machine;
  const std::string release = ReadFile("/etc/os-release", kMaxOsRelease).value_or("");
  node.os_name = OsReleaseValue(release, "PRETTY_NAME");
  node.os_version = OsReleaseValue(release, "VERSION_ID");
  node.cpus = sysconf(_SC_NPROCESSORS_ONLN);
  struct sysinfo memory = {};
  sysinfo(&memory);
  node.memory = static_cast<uint64_t>(memory.totalram) * memory.mem_unit;
  node.has_cgroup2 = HasCgroup2();
  node.has_apparmor = IsThere("/sys/kernel/security/apparmor");
  node.has_selinux = IsThere("/sys/fs/selinux/enforce");
  return node;
}

Json InfoJson(const InfoFacts& facts) {
  const NodeFacts& node = facts.node;
  const ContainerCounts& containers = facts.containers;
  Json info = ConstantsJson();
  info.update({{"ID", node.name},
               {"Name", node.name},
               {"Containers", containers.running + containers.paused + containers.stopped},
               {"ContainersRunning", containers.running},
               {"ContainersPaused", containers.paused},
               {"ContainersStopped", containers.stopped},
               {"Images", facts.images},
               {"DockerRootDir", facts.root},
               {"CgroupDriver", facts.cgroup_driver},
               {"OomKillDisable", !node.has_cgroup2},
               {"CgroupVersion", node.has_cgroup2 ? "2" : "1"},
               {"KernelVersion", node.kernel},
               {"OperatingSystem", node.os_name.empty() ? "Linux" : node.os_name},
               {"OSVersion", node.os_version},
               {"Architecture", node.machine},
               {"NCPU", node.cpus},
               {"MemTotal", node.memory},
               {"SystemTime", facts.time},
               {"CDISpecDirs", facts.cdi_spec_dirs},
               {"Runtimes", RuntimesJson(facts.handlers)},
               {"SecurityOptions", SecurityJson(node)}});
  return info;
}

std::string OsReleaseValue(absl::string_view text, absl::string_view name) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::ConsumePrefix(&line, name) && absl::ConsumePrefix(&line, "=")) {
      if (line.size() > 1 && (line.front() == '"' || line.front() == '\'')) {
        line = line.substr(1, line.size() - 2);
      }
      return std::string(line);
    }
  }
  return "";
}

}  // namespace berth::cri
