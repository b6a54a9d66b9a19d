// SPDX-License-Identifier: Apache-2.0
#include "cri/config_keys.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/status.h"
#include "cri/engine_api/networks/ip_prefix.h"
#include "cri/engine_api/networks/network_request.h"
#include "metrics/listen_address.h"

namespace berth::cri {
namespace {

absl::StatusOr<std::string> ReadPath(absl::string_view value) {
  if (!IsAbsolutePath(value) || HasDotDot(value)) {
    return absl::InvalidArgumentError("must be an absolute path without \"..\"");
  }
  return std::string(value);
}

absl::StatusOr<std::string> ReadPathOrNothing(absl::string_view value) {
  if (value.empty()) {
    return std::string();
  }
  return ReadPath(value);
}

// Also as the kubelet writes it.
absl::StatusOr<std::string> ReadSocket(absl::string_view value) {
  if (absl::ConsumePrefix(&value, "unix:")) {
    absl::ConsumePrefix(&value, "//");
  }
  return ReadPath(value);
}

absl::StatusOr<std::string> ReadListenAddress(absl::string_view value) {
  if (!value.empty()) {
    RETURN_IF_ERROR(metrics::ParseListenAddress(value).status());
  }
  return std::string(value);
}

// Its URLs are secrets that go over plain HTTP: loopback only.
absl::StatusOr<std::string> ReadStreamAddress(absl::string_view value) {
  RETURN_IF_ERROR(metrics::ParseListenAddress(value).status());
  if (!absl::StartsWith(value, "127.") && !absl::StartsWith(value, "[::1]:") &&
      !absl::StartsWith(value, "localhost:")) {
    return absl::InvalidArgumentError("must be a loopback address");
  }
  return std::string(value);
}

// The image store knows what the parts mean; what runs nowhere but on another system is none.
absl::StatusOr<std::string> ReadPlatform(absl::string_view value) {
  constexpr size_t kMinParts = 2, kMaxParts = 3;
  const std::vector<absl::string_view> parts = absl::StrSplit(value, '/');
  const bool whole = parts.size() >= kMinParts && parts.size() <= kMaxParts &&
                     parts.front() == "linux" &&
                     std::find(parts.begin(), parts.end(), "") == parts.end();
  if (!value.empty() && !whole) {
    return absl::InvalidArgumentError("must be linux/ARCHITECTURE[/VARIANT], as linux/arm64/v8");
  }
  return std::string(value);
}

absl::StatusOr<std::string> ReadBridge(absl::string_view value) {
  RETURN_IF_ERROR(CheckBridgeName(value));
  return std::string(value);
}

absl::StatusOr<std::string> ReadBridgeSubnet(absl::string_view value) {
  ASSIGN_OR_RETURN(const IpPrefix prefix, ReadSubnetPrefix(value));
  if (!prefix.address.is_ipv4) {
    return absl::InvalidArgumentError("must be a subnet of IPv4");
  }
  return std::string(value);
}

absl::StatusOr<std::string> ReadPool(absl::string_view value) {
  const std::optional<AddressPool> pool = ParseAddressPool(value);
  if (!pool.has_value() || !pool->base.address.is_ipv4) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", value, "\" is no pool of IPv4, as 172.20.0.0/14:16"));
  }
  return std::string(value);
}

// A path, or with systemd's driver a slice; which of them, the driver knows.
absl::StatusOr<std::string> ReadCgroupParent(absl::string_view value) {
  return absl::EndsWith(value, ".slice") ? std::string(value) : ReadPathOrNothing(value);
}

absl::StatusOr<std::string> ReadSocketOrOff(absl::string_view value) {
  if (value.empty() || value == kDockerOff) {
    return std::string(value);
  }
  return ReadSocket(value);
}

template <typename Field>
ConfigKey Read(absl::string_view name, Field Config::*field,
               absl::StatusOr<std::string> (*read)(absl::string_view)) {
  return {.name = name, .field = field, .read = read};
}

}  // namespace

absl::Span<const ConfigKey> ConfigKeys() {
  static const auto& keys = *new std::vector<ConfigKey>{
      Read("root", &Config::root, ReadPath),
      Read("state", &Config::state, ReadPath),
      Read("address", &Config::address, ReadSocket),
      {"group", &Config::group},
      Read("shim", &Config::shim, ReadPathOrNothing),
      {"log.level", &Config::log_level, ConfigUnit::kPlain, 0, {"debug", "info", "warn", "error"}},
      {"log.format", &Config::log_format, ConfigUnit::kPlain, 0, {"text", "json"}},
      Read("metrics.address", &Config::metrics_address, ReadListenAddress),
      {"grpc.max_threads", &Config::grpc_max_threads, ConfigUnit::kPlain, 16},
      {"grpc.max_message", &Config::grpc_max_message, ConfigUnit::kSize, 1 << 20},
      Read("streaming.address", &Config::streaming_address, ReadStreamAddress),
      {"streaming.idle_timeout", &Config::streaming_idle_timeout, ConfigUnit::kDuration, 1},
      {"image.registry_dirs", &Config::image_registry_dirs},
      Read("image.platform", &Config::image_platform, ReadPlatform),
      {"image.concurrent_downloads", &Config::image_concurrent_downloads, ConfigUnit::kPlain, 1},
      {"image.concurrent_pulls", &Config::image_concurrent_pulls, ConfigUnit::kPlain, 1},
      {"image.progress_timeout", &Config::image_progress_timeout, ConfigUnit::kDuration, 1},
      {"image.gc_interval", &Config::image_gc_interval, ConfigUnit::kDuration, 1},
      {"image.pinned", &Config::image_pinned},
      {"network.config_dirs", &Config::network_config_dirs},
      {"network.plugin_dirs", &Config::network_plugin_dirs},
      Read("network.cache_dir", &Config::network_cache_dir, ReadPathOrNothing),
      {"cgroup.driver", &Config::cgroup_driver, ConfigUnit::kPlain, 0, {"cgroupfs", "systemd"}},
      Read("cgroup.parent", &Config::cgroup_parent, ReadCgroupParent),
      {"security.unset_seccomp",
       &Config::security_unset_seccomp,
       ConfigUnit::kPlain,
       0,
       {"unconfined", "default"}},
      {"cdi.spec_dirs", &Config::cdi_spec_dirs},
      Read("checkpoint.criu", &Config::checkpoint_criu, ReadPathOrNothing),
      Read("docker.address", &Config::docker_address, ReadSocketOrOff),
      {"docker.visible_to_cri", &Config::docker_visible_to_cri},
      Read("docker.init", &Config::docker_init, ReadPathOrNothing),
      {"docker.build_cache", &Config::docker_build_cache, ConfigUnit::kSize, 0},
      Read("docker.bridge", &Config::docker_bridge, ReadBridge),
      Read("docker.bridge_subnet", &Config::docker_bridge_subnet, ReadBridgeSubnet),
      Read("docker.address_pools", &Config::docker_address_pools, ReadPool),
      Read("nri.socket", &Config::nri_socket, ReadPathOrNothing),
      Read("nri.plugin_dir", &Config::nri_plugin_dir, ReadPathOrNothing),
      Read("nri.config_dir", &Config::nri_config_dir, ReadPathOrNothing),
      {"nri.registration_timeout", &Config::nri_registration_timeout, ConfigUnit::kDuration, 1},
      {"nri.request_timeout", &Config::nri_request_timeout, ConfigUnit::kDuration, 1},
  };
  return keys;
}

}  // namespace berth::cri
