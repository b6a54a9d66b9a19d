// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace berth::runtime {

// A command inside a running container; what is empty is as the container's first process has it.
struct ExecCommand {
  std::vector<std::string> arguments = {};
  std::vector<std::string> environment = {};  // KEY=value, in place of the same key
  std::string working_directory = "";         // absolute
  std::string user = "";                      // "uid[:gid]", "name[:group]"
  bool privileged = false;                    // all capabilities, no filter
};

}  // namespace berth::runtime
