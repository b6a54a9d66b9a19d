// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runtime/network/cni_config.h"

// The plugin host-local keeps a file for each address that it has given out, named by the address,
// with the pod in it. Cut short between making and writing one, as by a power loss or when it is
// killed, it leaves an empty file: an address of nobody, which no DEL frees.
namespace berth::runtime {

// Where host-local keeps the network's addresses; empty when that is not its plugin. Pure.
std::string LeaseDirectory(const NetworkConfig& network);

// Removes the empty ones in a directory of leases; nothing while a plugin is at work there, whose
// own may be among them. What fails is logged: the addresses stay taken, that is all.
void RemoveTornLeases(const std::string& directory);

// The same for each directory in `parent`.
void RemoveTornLeasesBelow(const std::string& parent);

}  // namespace berth::runtime
