// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/device_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace berth::cdi {
namespace {

// Letters, digits and `others`; the last is a letter or digit.
bool HasForm(absl::string_view text, absl::string_view others) {
  return !text.empty() && absl::ascii_isalnum(static_cast<unsigned char>(text.back())) &&
         std::all_of(text.begin(), text.end(), [&](unsigned char c) {
           return absl::ascii_isalnum(c) || absl::StrContains(others, static_cast<char>(c));
         });
}

bool BeginsWithLetter(absl::string_view text) {
  return !text.empty() && absl::ascii_isalpha(static_cast<unsigned char>(text.front()));
}

bool IsVendorOrClass(absl::string_view text) {
  return BeginsWithLetter(text) && HasForm(text, "_-.");
}

}  // namespace

bool IsKind(absl::string_view text) {
  const size_t slash = text.find('/');
  return slash != absl::string_view::npos && IsVendorOrClass(text.substr(0, slash)) &&
         IsVendorOrClass(text.substr(slash + 1));
}

bool IsDevice(absl::string_view text) {
  return HasForm(text, "_-.:") && absl::ascii_isalnum(static_cast<unsigned char>(text.front()));
}

absl::StatusOr<DeviceName> ParseDeviceName(absl::string_view text) {
  const size_t equals = text.find('=');
  if (text.size() > kMaxNameLength || equals == absl::string_view::npos ||
      !IsKind(text.substr(0, equals)) || !IsDevice(text.substr(equals + 1))) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", absl::CHexEscape(text.substr(0, kMaxNameLength)),
                     "\" is no name of a CDI device, as vendor.com/class=device is"));
  }
  return DeviceName{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

}  // namespace berth::cdi
