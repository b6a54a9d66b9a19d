// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/string_view.h"

namespace berth {

// Whether it is an IPv4 or IPv6 address as numbers, without brackets, zone or prefix. Pure, as the
// next.
bool IsIpAddress(absl::string_view text);

// Whether such an address, which may have a zone ("::1%lo"), is one of the loopback; also IPv4's in
// the form of IPv6 (::ffff:127.0.0.1).
bool IsLoopbackAddress(absl::string_view text);

}  // namespace berth
