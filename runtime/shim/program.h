// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace berth::shim {

// Pure: the files that `name` may mean, in order: itself when it has a slash, else one in each
// directory of the PATH among `environment` (an empty one is the working directory; without a PATH,
// the usual).
std::vector<std::string> ProgramCandidates(const std::string& name,
                                           const std::vector<std::string>& environment);

// What execve(2) takes: the texts, which must stay where they are, and a null.
std::vector<char*> Pointers(const std::vector<std::string>& texts);

// Executes arguments[0]; returns only on failure, the errno: that of the first candidate which is
// there but cannot be executed, else ENOENT.
int ExecuteProgram(const std::vector<std::string>& arguments,
                   const std::vector<std::string>& environment);

}  // namespace berth::shim
