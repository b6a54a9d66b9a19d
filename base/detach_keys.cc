// SPDX-License-Identifier: Apache-2.0
#include "base/detach_keys.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace berth {
namespace {

// The byte of a key; -1: there is none.
int KeyOf(absl::string_view name) {
  constexpr int kControl = 0x1f;
  const bool with_control = absl::ConsumePrefix(&name, "ctrl-");
  if (name.size() != 1) {
    return -1;
  }
  const auto key = static_cast<unsigned char>(name[0]);
  if (!with_control) {
    return key;
  }
  const bool known = absl::ascii_islower(key) || key == '@' || (key >= '[' && key <= '_');
  return known ? key & kControl : -1;
}

}  // namespace

absl::StatusOr<std::string> ParseDetachKeys(absl::string_view text) {
  if (text.empty()) {
    return kUsualDetachKeys;
  }
  std::string keys;
  for (const absl::string_view name : absl::StrSplit(text, ',')) {
    const int key = KeyOf(name);
    if (key < 0 || keys.size() == kMaxDetachKeys) {
      return absl::InvalidArgumentError(absl::StrCat("Invalid detach keys (", text, ") provided"));
    }
    keys.push_back(static_cast<char>(key));
  }
  return keys;
}

std::string DetachWatch::Pass(absl::string_view typed) {
  if (keys_.empty()) {
    return std::string(typed);
  }
  std::string passed;
  for (const char key : typed) {
    if (left()) {
      break;
    }
    if (key != keys_[matched_]) {
      passed.append(keys_, 0, std::exchange(matched_, 0));
    }
    if (key == keys_[matched_]) {
      ++matched_;
    } else {
      passed.push_back(key);
    }
  }
  return passed;
}

}  // namespace berth
