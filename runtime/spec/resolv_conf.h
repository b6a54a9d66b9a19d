// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

// Files that name resolvers, resolv.conf(5). Pure.
namespace berth::runtime {

// Whether there is a line with a name server.
bool HasNameserver(absl::string_view resolv_conf);

// Without those on the loopback, which is another one in a network of its own.
std::string WithoutLoopbackServers(absl::string_view resolv_conf);

}  // namespace berth::runtime
