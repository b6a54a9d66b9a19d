// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/cni_version.h"

#include <algorithm>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace berth::runtime {
namespace {

constexpr CniVersion kSpoken[] = {{0, 1, 0}, {0, 2, 0}, kCni030, {0, 3, 1},
                                  kCni040,   kCni100,   kCni110};
constexpr size_t kMaxVersionText = 32;

}  // namespace

std::string CniVersion::str() const {
  return absl::StrCat(major, ".", minor, ".", patch);
}

absl::StatusOr<CniVersion> ParseCniVersion(absl::string_view text) {
  if (text.empty()) {
    return CniVersion{};
  }
  int numbers[3] = {};
  size_t count = 0;
  for (absl::string_view part : absl::StrSplit(text, '.')) {
    if (count == std::size(numbers) || text.size() > kMaxVersionText ||
        !absl::SimpleAtoi(part, &numbers[count]) || numbers[count] < 0) {
      return absl::InvalidArgumentError("malformed cniVersion");
    }
    ++count;
  }
  return CniVersion{numbers[0], numbers[1], numbers[2]};
}

bool IsSpoken(const CniVersion& version) {
  return std::find(std::begin(kSpoken), std::end(kSpoken), version) != std::end(kSpoken);
}

}  // namespace berth::runtime
