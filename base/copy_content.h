// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace berth {

// Copies the whole of the file `from` into the empty file `to`, holes as holes, and returns how
// many bytes that were none. `may_go_on` is asked after each piece (sys::kCopyPiece); its error
// ends the work.
absl::StatusOr<uint64_t> CopyContent(int from, int to, absl::FunctionRef<absl::Status()> may_go_on);

}  // namespace berth
