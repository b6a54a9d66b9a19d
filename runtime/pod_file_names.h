// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

namespace berth::runtime {

// What containers of a pod have in /etc from the pod's files, by the names in both.
inline constexpr std::array<const char*, 3> kPodFileNames = {"hosts", "hostname", "resolv.conf"};

}  // namespace berth::runtime
