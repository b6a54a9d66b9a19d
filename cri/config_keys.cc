// SPDX-License-Identifier: Apache-2.0
#include "cri/config_keys.h"

namespace berth::cri {

absl::Span<const ConfigKey> ConfigKeys() {
  static const auto& keys = *new std::vector<ConfigKey>{
      {"root", &Config::root},
      {"state", &Config::state},
      {"address", &Config::address},
      {"group", &Config::group},
      {"shim", &Config::shim},
      {"log.level", &Config::log_level, ConfigUnit::kPlain, 0, {"debug", "info", "warn", "error"}},
      {"log.format", &Config::log_format, ConfigUnit::kPlain, 0, {"text", "json"}},
      {"metrics.address", &Config::metrics_address},
      {"grpc.max_threads", &Config::grpc_max_threads, ConfigUnit::kPlain, 4},
      {"grpc.max_message", &Config::grpc_max_message, ConfigUnit::kSize, 1 << 20},
      {"image.registry_dirs", &Config::image_registry_dirs},
      {"image.platform", &Config::image_platform},
      {"image.concurrent_downloads", &Config::image_concurrent_downloads, ConfigUnit::kPlain, 1},
      {"image.concurrent_pulls", &Config::image_concurrent_pulls, ConfigUnit::kPlain, 1},
      {"image.progress_timeout", &Config::image_progress_timeout, ConfigUnit::kDuration, 1},
      {"image.gc_interval", &Config::image_gc_interval, ConfigUnit::kDuration, 1},
      {"image.pinned", &Config::image_pinned},
      {"network.config_dirs", &Config::network_config_dirs},
      {"network.plugin_dirs", &Config::network_plugin_dirs},
      {"network.cache_dir", &Config::network_cache_dir},
      {"cgroup.driver", &Config::cgroup_driver, ConfigUnit::kPlain, 0, {"cgroupfs"}},
      {"cgroup.parent", &Config::cgroup_parent},
      {"security.unset_seccomp",
       &Config::security_unset_seccomp,
       ConfigUnit::kPlain,
       0,
       {"unconfined", "default"}},
  };
  return keys;
}

}  // namespace berth::cri
