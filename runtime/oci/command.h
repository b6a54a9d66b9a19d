// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "runtime/plan/launch_plan.h"

// The command line that runc has made usual. Pure.
namespace berth::runtime::oci {

// One runtime of the node.
struct Runtime {
  std::string path;                  // of the program
  std::string root;                  // directory of its state
  std::vector<std::string> options;  // before the command
};

inline constexpr char kConfigFile[] = "config.json";  // of a bundle

// The files of one call are in the bundle and have its name: <name>.pid, <name>.log, <name>.sock of
// a terminal, and of an exec
std::string ProcessFile(absl::string_view bundle, absl::string_view name);

// Starts the container of the bundle.
ProgramPlan RunProgram(const Runtime& runtime, const std::string& container_id,
                       const std::string& bundle, bool terminal);

// Lets the process of ProcessFile(bundle, name) join it.
ProgramPlan ExecProgram(const Runtime& runtime, const std::string& container_id,
                        const std::string& bundle, const std::string& name, bool terminal);

// What removes what the runtime knows of a container, which it kills.
std::vector<std::string> DeleteCommand(const Runtime& runtime, const std::string& container_id);

// What it prints of itself.
std::vector<std::string> FeaturesCommand(const Runtime& runtime);

// The whole environment of every call.
const std::vector<std::string>& Environment();

// The last error in the text of a LogFile, or the text itself; at most kMaxMessage bytes on one
// line.
inline constexpr size_t kMaxMessage = 1024;
std::string LastError(absl::string_view log);

}  // namespace berth::runtime::oci
