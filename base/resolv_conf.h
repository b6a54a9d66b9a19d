// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace berth {

// What a file that names resolvers says, resolv.conf(5).
struct ResolvConf {
  std::vector<std::string> servers;   // as they are written
  std::vector<std::string> searches;  // of several lines the last counts, as for resolvers
  std::vector<std::string> options;   // of all lines, likewise
};

// Pure, as the next. What is no line of a resolver's is passed over.
ResolvConf ParseResolvConf(absl::string_view text);

// The text without those servers on the loopback, which is another one in a network of its own.
std::string WithoutLoopbackServers(absl::string_view text);

}  // namespace berth
