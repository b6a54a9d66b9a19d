// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::runtime {

// A version of the CNI specification.
struct CniVersion {
  int major = 0;
  int minor = 1;
  int patch = 0;

  std::string str() const;

  // NOLINTNEXTLINE(modernize-use-nullptr) the check takes the default for a null pointer
  friend auto operator<=>(const CniVersion&, const CniVersion&) = default;
};

inline constexpr CniVersion kCni030 = {0, 3, 0};  // prevResult, chains
inline constexpr CniVersion kCni040 = {0, 4, 0};  // CHECK; prevResult in DEL
inline constexpr CniVersion kCni100 = {1, 0, 0};  // addresses name no IP version
inline constexpr CniVersion kCni110 = {1, 1, 0};  // GC, STATUS

// `major[.minor[.patch]]`; the empty text is 0.1.0, as for libcni. InvalidArgument otherwise.
absl::StatusOr<CniVersion> ParseCniVersion(absl::string_view text);

// Whether we speak it: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0 and 1.1.0.
bool IsSpoken(const CniVersion& version);

}  // namespace berth::runtime
