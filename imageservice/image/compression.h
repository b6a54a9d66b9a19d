// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace berth::imageservice {

// How a layer's blob is packed.
enum class Compression { kNone, kGzip, kZstd };

}  // namespace berth::imageservice
