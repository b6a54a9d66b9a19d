// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::runtime {

// Reads a rate in bits a second as Kubernetes writes quantities: "10M", "1.5G", "512Ki", "1e6".
// InvalidArgument when it is none, or outside the 1k to 1P that Kubernetes allows. Pure.
absl::StatusOr<int64_t> ParseBandwidth(absl::string_view quantity);

}  // namespace berth::runtime
