// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace berth {

// The kernel's name for this boot.
absl::StatusOr<std::string> ReadBootId();

}  // namespace berth
