// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/digest.h"
#include "imageservice/image/process.h"

namespace berth::imageservice {

inline constexpr size_t kMaxConfigSize = 8 << 20;
inline constexpr size_t kMaxLayers = 512;

// The document whose digest is the image's id. Values of the process part are inert: nothing in
// them has been checked but that no string holds a null byte.
struct ImageConfig {
  std::string os;
  std::string architecture;
  std::string variant;
  std::string created;           // RFC 3339, or empty
  std::vector<Digest> diff_ids;  // lowest layer first
  std::map<std::string, std::string> labels;
  ImageProcess process;
};

// Pure. Missing and null members are empty. InvalidArgument for a member of a wrong type, a diff id
// that is no digest, or more than kMaxLayers of them.
absl::StatusOr<ImageConfig> ParseConfig(absl::string_view bytes);

}  // namespace berth::imageservice
