// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace berth::cli {

// Finds Ctrl-P Ctrl-Q, docker's keys for leaving a container running, in what is typed.
class DetachKeys {
 public:
  // What of the bytes is to be passed on. A Ctrl-P is kept back until the next byte has come.
  std::string Filter(absl::string_view typed);
  bool pressed() const { return pressed_; }

 private:
  bool after_first_ = false;
  bool pressed_ = false;
};

}  // namespace berth::cli
