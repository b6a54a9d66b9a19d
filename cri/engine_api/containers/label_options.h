// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "proto/runtime/v1/api.pb.h"

namespace berth::cri {

namespace v1 = ::runtime::v1;

// What "label=type:t", "label=level:s0:c1,c2" and the like among `security_options` ask of SELinux:
// "label=disable" is not to be confined, as is who sees the node's processes or shares its IPC
// (`of_node`) and says nothing else. InvalidArgument names another option; Unimplemented for
// filetype. Pure.
absl::StatusOr<v1::SELinuxOption> ParseLabelOptions(
    const std::vector<std::string>& security_options, bool of_node);

}  // namespace berth::cri
