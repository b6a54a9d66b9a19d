// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/json.h"
#include "base/kernel_names.h"
#include "base/time_text.h"
#include "base/version.h"
#include "cri/engine_api/routes.h"
#include "imageservice/image/platform.h"

namespace berth::cri {
namespace {

constexpr char kClassicBuilder[] = "1";  // not BuildKit's sessions

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
  const KernelNames kernel = ReadKernelNames();
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

const char* CgroupDriverOf(const runtime::PodRuntime& runtime) {
  return runtime.cgroup_driver() == runtime::CgroupDriver::kSystemd ? "systemd" : "cgroupfs";
}

Json Info(const imageservice::ImageStore& images, const runtime::PodRuntime& runtime,
          const DaemonPlaces& places, const CountContainers& count) {
  InfoFacts facts = {.node = ReadNodeFacts(),
                     .containers = count(),
                     .images = images.List().size(),
                     .root = places.root,
                     .cgroup_driver = CgroupDriverOf(runtime),
                     .handlers = {},
                     .cdi_spec_dirs = places.cdi_spec_dirs,
                     .time = TimeText(absl::Now())};
  for (const runtime::HandlerFeatures& handler : runtime.Handlers()) {
    facts.handlers.push_back(handler.name);
  }
  return InfoJson(facts);
}

}  // namespace

void AddSystemRoutes(Router& router, const imageservice::ImageStore& images,
                     const runtime::PodRuntime& runtime, const DaemonPlaces& places,
                     CountContainers count) {
  for (const char* method : {"GET", "HEAD"}) {
    router.Add(method, "/_ping",
               [](Exchange& exchange, const std::string&) { return Ping(exchange); });
  }
  router.Add("GET", "/version", [](Exchange& exchange, const std::string&) {
    exchange.SendJson(Version());
    return absl::OkStatus();
  });
  router.Add("GET", "/info",
             [&images, &runtime, places, count = std::move(count)](Exchange& exchange,
                                                                   const std::string&) {
               exchange.SendJson(Info(images, runtime, places, count));
               return absl::OkStatus();
             });
}

}  // namespace berth::cri
