// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/creation_check.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "imageservice/image/platform.h"

namespace berth::cri {
namespace {

constexpr int64_t kNano = 1'000'000'000;
constexpr char kDockersOwnRuntime[] = "io.containerd.runc.v2";

}  // namespace

NodeAbilities AbilitiesOf(const runtime::PodRuntime& runtime) {
  NodeAbilities node = {.cpus = sysconf(_SC_NPROCESSORS_ONLN), .handlers = {}};
  for (const runtime::HandlerFeatures& handler : runtime.Handlers()) {
    node.handlers.push_back(handler.name);
  }
  return node;
}

std::string HandlerOf(const std::string& runtime) {
  return runtime == kDockersOwnRuntime ? "" : runtime;
}

absl::Status CheckResources(const ResourceSpec& resources, int64_t cpus) {
  if (resources.nano_cpus > cpus * kNano) {
    return absl::InvalidArgumentError(absl::StrCat("range of CPUs is from 0.01 to ", cpus,
                                                   ".00, as there are only ", cpus,
                                                   " CPUs available"));
  }
  if (resources.blkio_weight != 0) {
    return absl::UnimplementedError("BlkioWeight is not supported");
  }
  return absl::OkStatus();
}

absl::Status CheckCreation(const ContainerSpec& spec, const NodeAbilities& node) {
  const std::string handler = HandlerOf(spec.runtime);
  if (!handler.empty() &&
      std::find(node.handlers.begin(), node.handlers.end(), handler) == node.handlers.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown or invalid runtime name: ", spec.runtime));
  }
  if (!spec.storage_options.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--storage-opt ", spec.storage_options.begin()->first,
                     " is not supported: a container's root has no limit of its own"));
  }
  return CheckResources(spec.resources, node.cpus);
}

absl::Status CheckPlatform(absl::string_view wanted, const std::string& reference,
                           const Json& document) {
  if (wanted.empty()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const imageservice::Platform platform, imageservice::ParsePlatform(wanted));
  const imageservice::Platform offered = {
      .os = JsonString(document, "os").value_or(""),
      .architecture = JsonString(document, "architecture").value_or(""),
      .variant = JsonString(document, "variant").value_or("")};
  if (imageservice::PlatformRank(platform, offered) >= 0) {
    return absl::OkStatus();
  }
  return absl::NotFoundError(
      absl::StrCat("image with reference ", reference,
                   " was found but does not provide the specified platform (",
                   imageservice::FormatPlatform(platform), ")"));
}

}  // namespace berth::cri
