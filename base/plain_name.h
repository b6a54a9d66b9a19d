// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/string_view.h"

namespace berth {

// Whether it is [a-zA-Z0-9][a-zA-Z0-9_.-]*: what CNI's networks, Docker's containers, networks and
// volumes, and ids of other programs are named by. Such a name is safe as a file's. Pure.
bool IsPlainName(absl::string_view text);

}  // namespace berth
