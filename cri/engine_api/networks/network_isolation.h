// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"

#include "base/call.h"
#include "cri/engine_api/networks/network.h"

// Who reaches whom, beyond what CNI's plugins see to.
namespace berth::cri {

// Nothing that comes from the network's bridge, which is made unless it is there, is forwarded:
// from a container it leads to the node and to other containers of the network only. A node that
// begins to forward packets undoes it.
absl::Status CloseToOutside(const Network& network);

// The rules that keep networks apart (of the plugin firewall, which has made them when a network
// has its first container) let through what goes to a published port, as from outside: a container
// reaches another network's by any address of the node. Internal where that cannot be done,
// DeadlineExceeded where others keep the rules for some seconds. Thread-safe.
absl::Status LetPublishedThrough(bool with_ipv6);

// The interfaces that the network's bridge has now do not reach each other by it any more, but the
// node, and by the node others.
absl::Status KeepApart(const Network& network);

// Removes the plugin's rules that keep the bridge's network apart from others, where they are.
void ForgetIsolation(const Call& call, const std::string& bridge);

}  // namespace berth::cri
