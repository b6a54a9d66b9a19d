// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/string_view.h"

namespace berth::cri {

// An annotation of a container of CRI: the bytes from which on the daemon begins its log anew and
// keeps what there was beside it, once (LogRotator). For clients that rotate no logs.
inline constexpr absl::string_view kLogLimit = "org.berth.log.max-size";

}  // namespace berth::cri
