// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/cni_version.h"

#include <algorithm>
#include <iterator>
#include <vector>

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
  std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  CniVersion version{0, 0, 0};
  int* const numbers[] = {&version.major, &version.minor, &version.patch};
  if (parts.size() > std::size(numbers) || text.size() > kMaxVersionText) {
    return absl::InvalidArgumentError("malformed cniVersion");
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!absl::SimpleAtoi(parts[i], numbers[i]) || *numbers[i] < 0) {
      return absl::InvalidArgumentError("malformed cniVersion");
    }
  }
  return version;
}

bool IsSpoken(const CniVersion& version) {
  return std::find(std::begin(kSpoken), std::end(kSpoken), version) != std::end(kSpoken);
}

}  // namespace berth::runtime
