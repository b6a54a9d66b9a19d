// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace berth::cri {

// The name that `number` gives a container that was given none: "calm_heron". Any number has one;
// there are some thousands. Pure.
std::string RandomName(uint64_t number);

}  // namespace berth::cri
