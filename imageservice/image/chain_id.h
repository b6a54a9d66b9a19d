// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/digest.h"

namespace berth::imageservice {

// The chain id of each layer, lowest first, as the OCI image specification defines it: it stands
// for the layer's content and that of all layers below. Pure.
std::string ChainIdAbove(absl::string_view parent, const Digest& diff_id);  // "": the lowest
std::vector<std::string> ChainIdsOf(const std::vector<Digest>& diff_ids);

}  // namespace berth::imageservice
