// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace berth::cri {

inline constexpr size_t kMaxConfigSize = 1 << 20;
inline constexpr char kDockerOff[] = "off";

struct HandlerConfig {
  std::string path;                  // of the program
  std::string root;                  // of its state; empty: handlers/<name> below `state`
  std::vector<std::string> options;  // that it is given before its command
};

// The effective configuration. deploy/config/berth.toml documents every key; a test holds the two
// together. The field image_platform is the key `platform` of table `image`, and so on.
struct Config {
  std::string root = "/var/lib/berth";
  std::string state = "/run/berth";
  std::string address = "/run/berth/berth.sock";  // of CRI
  std::string group = "berth";                    // owns the socket where it exists
  std::string shim;  // empty: berth-shim beside berthd, else /usr/libexec/berth

  std::string log_level = "info";
  std::string log_format = "text";

  std::string metrics_address = "127.0.0.1:9477";  // empty: off

  int64_t grpc_max_threads = 1024;
  int64_t grpc_max_message = 16 << 20;  // bytes, of a request

  std::string streaming_address = "127.0.0.1:0";
  absl::Duration streaming_idle_timeout = absl::Hours(4);

  std::vector<std::string> image_registry_dirs = {"/etc/berth/certs.d", "/etc/containerd/certs.d"};
  std::string image_platform;  // empty: this machine's
  int64_t image_concurrent_downloads = 3;
  int64_t image_concurrent_pulls = 4;
  absl::Duration image_progress_timeout = absl::Minutes(5);
  absl::Duration image_gc_interval = absl::Minutes(5);
  std::vector<std::string> image_pinned;

  std::vector<std::string> network_config_dirs = {"/etc/cni/net.d"};
  std::vector<std::string> network_plugin_dirs = {"/opt/cni/bin", "/usr/lib/cni"};
  std::string network_cache_dir;  // empty: <root>/cni

  std::string cgroup_driver = "cgroupfs";  // or "systemd"
  std::string cgroup_parent;               // of pods that name none; empty: PodOptions knows

  std::string security_unset_seccomp = "unconfined";  // or "default"

  std::vector<std::string> cdi_spec_dirs = {"/etc/cdi", "/var/run/cdi"};  // empty: off

  std::string checkpoint_criu = "/usr/sbin/criu";  // empty: no checkpoints

  std::string docker_address;  // empty: <state>/docker.sock; kDockerOff: none
  bool docker_visible_to_cri = false;
  std::string docker_init = "/usr/bin/tini-static";
  int64_t docker_build_cache = int64_t{20} << 30;  // bytes of packed layers
  std::string docker_bridge = "berth-docker0";
  std::string docker_bridge_subnet = "172.17.0.0/16";
  std::vector<std::string> docker_address_pools = {"172.18.0.0/15:16", "172.20.0.0/14:16",
                                                   "172.24.0.0/13:16", "192.168.0.0/16:20"};

  std::string nri_socket = "/var/run/nri/nri.sock";  // empty: no plugin can connect
  std::string nri_plugin_dir = "/opt/nri/plugins";   // empty: none is started
  std::string nri_config_dir = "/etc/nri/conf.d";
  absl::Duration nri_registration_timeout = absl::Seconds(5);
  absl::Duration nri_request_timeout = absl::Seconds(2);

  // Tables handlers.<name>: OCI runtimes by which pods may be run.
  std::map<std::string, HandlerConfig> handlers;

  // Key ("image.platform") -> where its value comes from: "default" or "file:line".
  std::map<std::string, std::string> sources;
};

// Applies one TOML text over `config`. InvalidArgument for a syntax error, an unknown key (with the
// nearest known one), a wrong type or a value out of range, each with "<file>:<line>:". Pure.
absl::Status ApplyToml(absl::string_view text, absl::string_view file, Config& config);

// `path` (must exist when `required`), then conf.d/*.toml beside it in lexical order. A shim that
// is named must be there, and cgroup.parent be of the kind that cgroup.driver takes.
absl::StatusOr<Config> LoadConfig(const std::string& path, bool required);

// Every key with its value, each followed by a comment naming its source; valid TOML.
std::string DumpConfig(const Config& config);

// The same as one JSON object, for a verbose Status.
std::string ConfigJson(const Config& config);

// "5m", "90s", "1h30m", "300ms". InvalidArgument else. Pure.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);
// "16MiB", "10MB" (of ten millions), "4096"; whole numbers. InvalidArgument else. Not
// ParseMemorySize, to which all units are powers of 1024, as docker's clients mean them. Pure.
absl::StatusOr<int64_t> ParseConfigSize(absl::string_view text);

// The text of deploy/config/berth.toml, built in.
absl::string_view DefaultConfigText();

}  // namespace berth::cri
