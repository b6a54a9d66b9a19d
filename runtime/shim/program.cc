// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/program.h"

#include <unistd.h>

#include <cerrno>

namespace berth::shim {
namespace {

constexpr std::string_view kUsualPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view FindPath(const std::vector<std::string>& environment) {
  constexpr std::string_view kKey = "PATH=";
  std::string_view path = kUsualPath;
  for (std::string_view entry : environment) {
    if (entry.starts_with(kKey)) {
      path = entry.substr(kKey.size());  // the last one counts, as it does for most programs
    }
  }
  return path;
}

}  // namespace

std::vector<std::string> ProgramCandidates(const std::string& name,
                                           const std::vector<std::string>& environment) {
  if (name.empty()) {
    return {};
  }
  if (name.find('/') != std::string::npos) {
    return {name};
  }
  std::vector<std::string> candidates;
  std::string_view path = FindPath(environment);
  while (true) {
    size_t colon = path.find(':');
    std::string directory(path.substr(0, colon));
    candidates.push_back((directory.empty() ? "." : directory) + "/" + name);
    if (colon == std::string_view::npos) {
      return candidates;
    }
    path.remove_prefix(colon + 1);
  }
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

int ExecuteProgram(const std::vector<std::string>& arguments,
                   const std::vector<std::string>& environment) {
  if (arguments.empty()) {
    return EINVAL;
  }
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  int error = ENOENT;
  for (const std::string& candidate : ProgramCandidates(arguments[0], environment)) {
    execve(candidate.c_str(), argument_pointers.data(), environment_pointers.data());
    if (errno != ENOENT && errno != ENOTDIR && error == ENOENT) {
      error = errno;
    }
  }
  return error;
}

}  // namespace berth::shim
