// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

#include "cri/engine_api/networks/endpoint.h"

namespace berth::cri {

// By which versions of IP the published ports of a container lead to it.
enum class HostVersions { kIpv4, kBoth };

// A port of the host for each request: the one that is asked for, the first free one of a range, or
// one that the kernel has free. Internal, in Docker's words, when it is among `taken` or a process
// listens there. Nothing holds them: who takes one in the next moment gets what comes from outside
// no more. Unimplemented for a port of an address by which none leads to the container.
absl::StatusOr<std::vector<PublishedPort>> ChooseHostPorts(const std::vector<PortRequest>& requests,
                                                           absl::Span<const PublishedPort> taken,
                                                           HostVersions versions);

}  // namespace berth::cri
