// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "imageservice/registry/http_client.h"

namespace berth::imageservice {

inline constexpr int kTagsOfPage = 1000;        // that a server is asked for at once
inline constexpr size_t kMaxTagPage = 4 << 20;  // bytes

// A piece of a repository's list of tags.
struct TagPage {
  std::vector<std::string> tags;
  bool has_next = false;  // there are more after the last one
};

// Reads an answer of "tags/list". DataLoss for what is no such list, and for a tag that is none.
// Pure.
absl::StatusOr<TagPage> ReadTagPage(const HttpResponse& response);

}  // namespace berth::imageservice
