// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "cri/engine_api/filters.h"

namespace berth::cri {

// The filters `publish` and `expose` of a list of containers: ports of the node and of containers,
// "80", "53/udp" or "8000-8010/tcp". Pure.
class PortFilter {
 public:
  // InvalidArgument for what is no port.
  static absl::StatusOr<PortFilter> Read(const Filters& filters);

  // Whether one of the ports, which are as PortList has them, is any of those that either filter
  // names; so does every list where there is no filter.
  bool Takes(const Json& ports) const;

 private:
  struct Range {
    int64_t first = 0;
    int64_t last = 0;
    std::string protocol;
  };

  static absl::StatusOr<std::vector<Range>> ReadRanges(const Filters& filters,
                                                       absl::string_view name);
  static absl::StatusOr<Range> ReadRange(absl::string_view name, const std::string& text);
  static bool AreIn(const std::vector<Range>& ranges, const Json& port, absl::string_view field);

  std::vector<Range> published_, exposed_;
};

}  // namespace berth::cri
