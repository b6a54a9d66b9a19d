// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/call.h"
#include "runtime/network/attachment.h"
#include "runtime/network/cni_config.h"

namespace berth::runtime {

// What the plugin bridge leaves behind when DEL comes after the namespace is gone: it learns from
// there which addresses it has masqueraded, and not from the result that it is given.

// The arguments of iptables (or ip6tables, [0]) that take the attachment's rules away, in order;
// each is of use only when those before it have worked. None when the network's plugins masquerade
// nothing by iptables. Pure.
std::vector<std::vector<std::string>> MasqueradeRemoval(const NetworkConfig& network,
                                                        const Attachment& attachment);

// Runs them, a family at a time up to the first that fails, as where there is no such rule.
void RemoveMasquerade(const Call& call, const NetworkConfig& network, const Attachment& attachment);

}  // namespace berth::runtime
