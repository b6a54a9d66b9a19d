// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "runtime/network/cni_version.h"

// CNI network configurations. Pure: text in, values out.
namespace berth::runtime {

inline constexpr size_t kMaxNetworkConfig = 1 << 20;
inline constexpr size_t kMaxNetworkName = 128;
inline constexpr size_t kMaxPlugins = 64;

struct PluginConfig {
  std::string type;                    // a file name: no slash, not "." or ".."
  std::set<std::string> capabilities;  // those declared true
  Json object;                         // as written
};

struct NetworkConfig {
  std::string name;  // safe as a part of a file name
  CniVersion version;
  bool disable_check = false;
  bool disable_gc = false;
  bool load_only_inlined_plugins = false;
  std::vector<PluginConfig> plugins;  // may be empty when more are loaded from the network's folder
};

// Reads a list (.conflist) or one plugin's configuration (.conf, .json), which becomes a list of
// one. Of `cniVersion` and `cniVersions` the highest that we speak counts. InvalidArgument, with a
// reason for people, when it is not usable.
absl::StatusOr<NetworkConfig> ParseNetworkConfig(absl::string_view text);

// Reads one plugin's configuration, a file of the network's folder.
absl::StatusOr<PluginConfig> ParsePluginConfig(absl::string_view text);

// A list with all plugins inlined, for the cache: ParseNetworkConfig gives the same again.
std::string FormatNetworkConfig(const NetworkConfig& network);

}  // namespace berth::runtime
