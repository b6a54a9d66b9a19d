// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "base/command.h"
#include "base/json.h"
#include "runtime/network/cni_config.h"

namespace berth::runtime {

inline constexpr size_t kMaxPluginOutput = 1 << 20;
inline constexpr size_t kMaxPluginMessage = 512;  // of an error, as it is passed on

// Whose network a plugin is to change.
struct PluginTarget {
  std::string container_id;
  std::string namespace_path;  // empty: gone
  std::string interface;
  std::string arguments;  // K=V;K=V
};

// What a plugin finds on its standard input beside its own configuration. Null pointers: nothing.
struct PluginContext {
  const Json* capability_arguments = nullptr;  // by capability; a plugin sees those it declares
  const Json* previous_result = nullptr;       // in the network's version
  const Json* valid_attachments = nullptr;     // of GC
};

// The text for a plugin's standard input. Pure.
std::string FormatPluginInput(const NetworkConfig& network, const PluginConfig& plugin,
                              const PluginContext& context);

// A plugin's environment: `inherited` without what concerns the daemon only, and the CNI_
// variables. `target` is null for STATUS and GC. Pure.
std::vector<std::string> PluginEnvironment(const std::vector<std::string>& inherited,
                                           absl::string_view command, const PluginTarget* target,
                                           const std::vector<std::string>& plugin_dirs);

// OK for exit code 0, else the plugin's own error in one line of at most about kMaxPluginMessage
// bytes: Unavailable for "try again later" (11) and what STATUS says (50, 51), Internal for the
// rest. Pure.
absl::Status PluginOutcome(const CommandResult& result);

// The program of that type. Unavailable when no directory has it.
absl::StatusOr<std::string> FindPlugin(absl::string_view type,
                                       const std::vector<std::string>& plugin_dirs);

// Runs a plugin and returns what it printed. Errors do not name the plugin; the caller knows it.
absl::StatusOr<std::string> RunPlugin(const Call& call, absl::string_view command,
                                      const PluginConfig& plugin, const PluginTarget* target,
                                      const std::vector<std::string>& plugin_dirs,
                                      std::string input);

}  // namespace berth::runtime
