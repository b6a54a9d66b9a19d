// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"

#include "cri/nri/owners.h"
#include "proto/nri/v1/api.pb.h"
#include "runtime/pod_runtime.h"

// What plugins want to be different about a container that is being created. Pure.
namespace berth::nri {

namespace api = ::nri::v1;
namespace v1 = ::runtime::v1;

// Changes `request` as `plugin` wants. FailedPrecondition for what another plugin has set and for
// what Berth does not do; InvalidArgument for nonsense; the request is of no use then.
absl::Status Adjust(const std::string& plugin, const api::ContainerAdjustment& adjustment,
                    Owners& owners, runtime::ContainerRequest& request);

// Adds what one plugin wants to what those before it do, for the eyes of plugins that validate.
void MergeAdjustment(const api::ContainerAdjustment& adjustment, api::ContainerAdjustment& merged);

}  // namespace berth::nri
