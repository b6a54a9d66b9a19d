// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/digest.h"

namespace berth::imageservice {

// The chain id of each layer, lowest first, as the OCI image specification defines it: it stands
// for the layer's content and that of all layers below. Pure.
std::vector<std::string> ChainIdsOf(const std::vector<Digest>& diff_ids);

}  // namespace berth::imageservice
