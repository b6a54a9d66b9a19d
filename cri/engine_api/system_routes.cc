// SPDX-License-Identifier: Apache-2.0
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/json.h"
#include "base/version.h"
#include "cri/engine_api/routes.h"
#include "imageservice/image/platform.h"

namespace berth::cri {
namespace {

constexpr char kClassicBuilder[] = "1";  // not BuildKit's sessions

utsname Kernel() {
  utsname names = {};
  uname(&names);
  return names;
}

// As Go names it.
std::string Architecture(absl::string_view machine) {
  return imageservice::Normalise({.os = "linux", .architecture = std::string(machine)})
      .architecture;
}

absl::Status Ping(Exchange& exchange) {
  exchange.Send(200,
                {{"Content-Type", "text/plain; charset=utf-8"},
                 {"Builder-Version", kClassicBuilder},
                 {"Swarm", "inactive"},
                 {"Cache-Control", "no-cache, no-store, must-revalidate"},
                 {"Pragma", "no-cache"}},
                "OK");
  return absl::OkStatus();
}

Json Version() {
  const utsname kernel = Kernel();
  const std::string architecture = Architecture(kernel.machine);
  const Json details = {{"ApiVersion", kNewestApi.str()},
                        {"MinAPIVersion", kOldestApi.str()},
                        {"Arch", architecture},
                        {"Os", "linux"},
                        {"KernelVersion", kernel.release},
                        {"Experimental", "false"}};
  return {{"Platform", {{"Name", "Berth"}}},
          {"Components",
           Json::array({{{"Name", "Engine"}, {"Version", kVersion}, {"Details", details}}})},
          {"Version", kVersion},
          {"ApiVersion", kNewestApi.str()},
          {"MinAPIVersion", kOldestApi.str()},
          {"Os", "linux"},
          {"Arch", architecture},
          {"KernelVersion", kernel.release}};
}

struct ContainerCounts {
  int running = 0;
  int stopped = 0;
};

ContainerCounts Count(const runtime::PodRuntime& runtime) {
  ContainerCounts counts;
  for (const runtime::ContainerSnapshot& container : runtime.Containers()) {
    (container.state == runtime::v1::CONTAINER_RUNNING ? counts.running : counts.stopped) += 1;
  }
  return counts;
}

const char* CgroupDriverOf(const runtime::PodRuntime& runtime) {
  return runtime.cgroup_driver() == runtime::CgroupDriver::kSystemd ? "systemd" : "cgroupfs";
}

Json Info(const imageservice::ImageStore& images, const runtime::PodRuntime& runtime,
          const std::string& root) {
  const utsname kernel = Kernel();
  struct sysinfo memory = {};
  sysinfo(&memory);
  const ContainerCounts containers = Count(runtime);
  return {
      {"ID", kernel.nodename},
      {"Name", kernel.nodename},
      {"Containers", containers.running + containers.stopped},
      {"ContainersRunning", containers.running},
      {"ContainersPaused", 0},
      {"ContainersStopped", containers.stopped},
      {"Images", images.List().size()},
      {"Driver", "overlay2"},
      {"DriverStatus", Json::array()},
      {"DockerRootDir", root},
      {"MemoryLimit", true},
      {"SwapLimit", true},
      {"CpuCfsPeriod", true},
      {"CpuCfsQuota", true},
      {"CPUShares", true},
      {"CPUSet", true},
      {"PidsLimit", true},
      {"IPv4Forwarding", true},
      {"LoggingDriver", "json-file"},
      {"CgroupDriver", CgroupDriverOf(runtime)},
      {"KernelVersion", kernel.release},
      {"OperatingSystem", "Linux"},
      {"OSType", "linux"},
      {"Architecture", kernel.machine},
      {"NCPU", sysconf(_SC_NPROCESSORS_ONLN)},
      {"MemTotal", static_cast<uint64_t>(memory.totalram) * memory.mem_unit},
      {"SystemTime", absl::FormatTime(absl::RFC3339_full, absl::Now(), absl::UTCTimeZone())},
      {"ServerVersion", kVersion},
      {"DefaultRuntime", "berth"},
      {"Runtimes", {{"berth", {{"path", "berth-shim"}}}}},
      {"SecurityOptions", Json::array({"name=seccomp,profile=builtin"})},
      {"Swarm", {{"LocalNodeState", "inactive"}}},
      {"RegistryConfig", {{"IndexConfigs", Json::object()}}},
      {"Plugins",
       {{"Volume", {"local"}}, {"Network", {"bridge", "host", "none"}}, {"Log", {"json-file"}}}},
      {"Warnings", nullptr}};
}

}  // namespace

void AddSystemRoutes(Router& router, const imageservice::ImageStore& images,
                     const runtime::PodRuntime& runtime, const std::string& root) {
  for (const char* method : {"GET", "HEAD"}) {
    router.Add(method, "/_ping",
               [](Exchange& exchange, const std::string&) { return Ping(exchange); });
  }
  router.Add("GET", "/version", [](Exchange& exchange, const std::string&) {
    exchange.SendJson(Version());
    return absl::OkStatus();
  });
  router.Add("GET", "/info", [&images, &runtime, root](Exchange& exchange, const std::string&) {
    exchange.SendJson(Info(images, runtime, root));
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
