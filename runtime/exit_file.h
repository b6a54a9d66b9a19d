// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "runtime/container.h"

namespace berth::runtime {

// The exit that a shim has left on disk before it died; nothing when there is none that is whole.
std::optional<ContainerExit> ReadExitFile(absl::string_view pod_directory,
                                          absl::string_view container_id);

}  // namespace berth::runtime
