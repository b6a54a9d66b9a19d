// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/sys/fd.h"
#include "base/sys/process.h"

// Plugins that are installed on the node and started by us.
namespace berth::nri {

struct InstalledPlugin {
  std::string index;  // "10"
  std::string name;   // "logger"
};

// Executable files of `directory` that are named like 10-logger, in the order of their names; none
// when there is no such directory. One that others than its owner may write is skipped and logged.
absl::StatusOr<std::vector<InstalledPlugin>> FindInstalledPlugins(const std::string& directory);

// The text of 10-logger.conf, else of logger.conf, else "".
absl::StatusOr<std::string> ReadPluginConfig(const std::string& directory,
                                             const InstalledPlugin& plugin);

struct LaunchedPlugin {
  sys::Process process;
  sys::Fd socket;  // connected to it
};

// Starts it with the socket as descriptor 3 and an environment that says so, and nothing else of
// ours but the log (1 and 2).
absl::StatusOr<LaunchedPlugin> LaunchPlugin(const std::string& directory,
                                            const InstalledPlugin& plugin);

}  // namespace berth::nri
