// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace berth::cri {

// 1.43: the version that a client puts before a path. Compares as numbers.
struct ApiVersion {
  int major = 0;
  int minor = 0;

  auto operator<=>(const ApiVersion&) const = default;
  std::string str() const;
};

inline constexpr ApiVersion kOldestApi = {1, 24};
inline constexpr ApiVersion kNewestApi = {1, 50};

// The head of a request of Docker's Engine API, taken apart.
struct EngineRequest {
  std::string method;
  ApiVersion version = kNewestApi;
  std::string path;                                         // decoded, without the version
  std::map<std::string, std::string, std::less<>> query;    // the first of a name counts
  std::vector<std::pair<std::string, std::string>> fields;  // all of the query
  std::map<std::string, std::string, std::less<>> headers;  // names in lower case

  // Empty when there is none.
  std::string Query(absl::string_view name) const;
  std::string Header(absl::string_view name) const;
  // All of that name, in their order.
  std::vector<std::string> QueryAll(absl::string_view name) const;
  // As Docker reads a flag: anything but nothing, "0", "no", "false" and "none".
  bool Flag(absl::string_view name) const;
};

// Sets version, path and query from "/v1.43/images/json?all=1". InvalidArgument for bad escapes, a
// NUL byte, and in Docker's words for a version that is not served. Pure.
absl::Status ParseTarget(absl::string_view target, EngineRequest& request);

}  // namespace berth::cri
