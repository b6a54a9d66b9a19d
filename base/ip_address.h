// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/string_view.h"

namespace berth {

// Whether it is an IPv4 or IPv6 address as numbers, without brackets, zone or prefix. Pure.
bool IsIpAddress(absl::string_view text);

}  // namespace berth
