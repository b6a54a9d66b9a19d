// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::cdi {

inline constexpr size_t kMaxNameLength = 1024;  // of "vendor.com/class=device"

// The name of a device of the Container Device Interface.
struct DeviceName {
  std::string kind;    // "vendor.com/class"
  std::string device;  // "0"
};

// "vendor.com/class=device". InvalidArgument when it is none. Pure.
absl::StatusOr<DeviceName> ParseDeviceName(absl::string_view text);

// Whether it is "vendor.com/class", and whether it can follow "=". Pure.
bool IsKind(absl::string_view text);
bool IsDevice(absl::string_view text);

}  // namespace berth::cdi
