// SPDX-License-Identifier: Apache-2.0
#include "base/boot_id.h"

#include "absl/strings/ascii.h"

#include "base/file.h"
#include "base/status.h"

namespace berth {
namespace {

constexpr size_t kMaxBootId = 128;

}  // namespace

absl::StatusOr<std::string> ReadBootId() {
  ASSIGN_OR_RETURN(std::string text, ReadFile("/proc/sys/kernel/random/boot_id", kMaxBootId));
  return std::string(absl::StripAsciiWhitespace(text));
}

}  // namespace berth
