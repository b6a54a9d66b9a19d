// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// What metadata instructions take. Pure; InvalidArgument in Docker's words.
namespace berth::imageservice {

inline constexpr size_t kMaxExposedPorts = 10'000;  // of one range, and of one EXPOSE

// "80", "80/udp", "8000-8010/tcp" as "80/tcp" each. What stands before a colon (a port or an
// address of the host) says nothing of an image, and is nothing but checked.
absl::StatusOr<std::vector<std::string>> ExpandPorts(absl::string_view text);

}  // namespace berth::imageservice
