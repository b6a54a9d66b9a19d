// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace berth::imageservice {

// The process part of an image's config, inert values (R12).
struct ImageProcess {
  std::vector<std::string> entrypoint;
  std::vector<std::string> command;
  std::vector<std::string> environment;
  std::string working_directory;
  std::string user;
  std::string stop_signal;
  std::vector<std::string> volumes;
};

}  // namespace berth::imageservice
