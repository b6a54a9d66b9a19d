// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/port_filter.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"

namespace berth::cri {
namespace {

bool ReadPort(absl::string_view text, int64_t& port) {
  return absl::SimpleAtoi(text, &port) && port >= 0 && port <= UINT16_MAX;
}

}  // namespace

absl::StatusOr<PortFilter> PortFilter::Read(const Filters& filters) {
  PortFilter filter;
  ASSIGN_OR_RETURN(filter.published_, ReadRanges(filters, "publish"));
  ASSIGN_OR_RETURN(filter.exposed_, ReadRanges(filters, "expose"));
  return filter;
}

absl::StatusOr<std::vector<PortFilter::Range>> PortFilter::ReadRanges(const Filters& filters,
                                                                      absl::string_view name) {
  std::vector<Range> ranges;
  for (const std::string& text : filters.Values(name)) {
    ASSIGN_OR_RETURN(ranges.emplace_back(), ReadRange(name, text));
  }
  return ranges;
}

absl::StatusOr<PortFilter::Range> PortFilter::ReadRange(absl::string_view name,
                                                        const std::string& text) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
  const std::pair<std::string, std::string> ends =
      absl::StrSplit(parts.first, absl::MaxSplits('-', 1));
  Range range;
  range.protocol = parts.second.empty() ? "tcp" : absl::AsciiStrToLower(parts.second);
  const bool is_one = ends.first.size() == parts.first.size();
  if (!ReadPort(ends.first, range.first) ||
      !ReadPort(is_one ? ends.first : ends.second, range.last) || range.last < range.first) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid filter '", name, "=", text, "': no port, and no range of ports"));
  }
  return range;
}

bool PortFilter::AreIn(const std::vector<Range>& ranges, const Json& port,
                       absl::string_view field) {
  const std::optional<int64_t> number = JsonInteger(port, field);
  const std::string protocol = JsonString(port, "Type").value_or("");
  return number.has_value() && absl::c_any_of(ranges, [&](const Range& range) {
           return *number >= range.first && *number <= range.last && protocol == range.protocol;
         });
}

bool PortFilter::Takes(const Json& ports) const {
  return (published_.empty() && exposed_.empty()) || absl::c_any_of(ports, [&](const Json& port) {
           return AreIn(published_, port, "PublicPort") || AreIn(exposed_, port, "PrivatePort");
         });
}

}  // namespace berth::cri
