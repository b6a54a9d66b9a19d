// SPDX-License-Identifier: Apache-2.0
#include "base/copy_content.h"

#include "base/status.h"
#include "base/sys/file.h"

namespace berth {

absl::StatusOr<uint64_t> CopyContent(int from, int to,
                                     absl::FunctionRef<absl::Status()> may_go_on) {
  uint64_t bytes = 0;
  while (true) {
    ASSIGN_OR_RETURN(const size_t piece, ToStatusOr(sys::CopyNextPiece(from, to), "copy"));
    if (piece == 0) {
      return bytes;
    }
    bytes += piece;
    RETURN_IF_ERROR(may_go_on());
  }
}

}  // namespace berth
