// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/detach_keys.h"

namespace berth::cli {
namespace {

constexpr char kFirst = 'P' - '@';  // with Ctrl
constexpr char kSecond = 'Q' - '@';

}  // namespace

std::string DetachKeys::Filter(absl::string_view typed) {
  std::string passed;
  for (const char byte : typed) {
    if (after_first_ && byte == kSecond) {
      pressed_ = true;
      return passed;
    }
    if (after_first_) {
      passed += kFirst;
    }
    after_first_ = byte == kFirst;
    if (!after_first_) {
      passed += byte;
    }
  }
  return passed;
}

}  // namespace berth::cli
