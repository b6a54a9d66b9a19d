// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"

#include "cri/cli/client.h"
#include "cri/cli/lookup.h"

namespace berth::cli {

// Whether both would take the same port of the host. Pure.
bool PortsCollide(const v1::PortMapping& one, const v1::PortMapping& other);

// AlreadyExists when a ready pod or a program of the host has one of `pod`'s host ports. CRI has no
// such check: what comes later would take the port away from what is there.
absl::Status CheckHostPorts(const Client& client, const Inventory& inventory,
                            const v1::PodSandboxConfig& pod);

}  // namespace berth::cli
