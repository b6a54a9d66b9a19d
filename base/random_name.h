// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace berth {

// The name that `number` gives a container that was given none: "calm_heron" with '_' between. Any
// number has one; there are some thousands. Pure.
std::string RandomName(uint64_t number, char separator);

}  // namespace berth
