// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// A mount as OCI writes it, as one of a request: `type` is bind or empty, the options are ro, rro,
// slave, shared, noexec, nosuid, nodev and what is so anyway. FailedPrecondition for others. Pure.
absl::StatusOr<v1::Mount> ToBindMount(const std::string& source, const std::string& destination,
                                      absl::string_view type,
                                      const std::vector<std::string>& options);

// Takes the request's mounts at that place away; whether there was one. Pure.
bool RemoveMountAt(absl::string_view destination, v1::ContainerConfig& config);

}  // namespace berth::runtime
