// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace berth {

struct ProtectedPaths {
  std::vector<std::string> masked;
  std::vector<std::string> read_only;
};

// What a container must not see or change of /proc and /sys, as Docker and the kubelet have it,
// where who makes it says nothing else.
const ProtectedPaths& DefaultProtectedPaths();

}  // namespace berth
