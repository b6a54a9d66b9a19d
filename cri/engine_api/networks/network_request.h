// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "base/json.h"
#include "cri/engine_api/networks/ip_prefix.h"
#include "cri/engine_api/networks/network.h"

namespace berth::cri {

// Reads the body of POST /networks/create: a network without id and time, its subnets as far as
// they are named. InvalidArgument, in Docker's words, for what cannot be and for what plugins of
// CNI cannot do (auxiliary addresses, networks without IPv4); NotFound for
// another driver. Pure.
absl::StatusOr<Network> ReadNetworkRequest(const Json& body);

// The subnet of a network. InvalidArgument, in Docker's words, for what is none, is not for hosts,
// or has no room for a container. Pure.
absl::StatusOr<IpPrefix> ReadSubnetPrefix(absl::string_view text);

// InvalidArgument unless it can be an interface's name. Pure.
absl::Status CheckBridgeName(absl::string_view name);

// Gives the network the subnets that it lacks: of IPv4 from the pools, of IPv6 one of its id's own.
// FailedPrecondition, in Docker's words, when one that it names overlaps one of `taken`, or the
// pools have none left. Pure.
absl::StatusOr<Network> WithSubnets(Network network, absl::Span<const AddressPool> pools,
                                    absl::Span<const IpPrefix> taken);

}  // namespace berth::cri
