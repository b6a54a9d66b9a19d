// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"

#include "imageservice/layer/tar_reader.h"

namespace berth::imageservice {

// Why a member of an archive could not be made. Where the kernel refuses what the archive asks for
// (a file below a file, a link to nothing, a name that is too long), the archive is malformed:
// DataLoss, in the words of Go's library ("link absent name: no such file or directory"). Anything
// else is handed on as it is. Pure.
absl::Status MemberFault(const absl::Status& status, const TarMember& member);

}  // namespace berth::imageservice
