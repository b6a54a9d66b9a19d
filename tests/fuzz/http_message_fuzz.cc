// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

#include "metrics/http_message.h"
#include "tests/fuzz/require.h"

// What a scraper sends. How the bytes arrive makes no difference: what a part of a head is refused
// for, the whole is refused for as well, and a head that is complete stays what it is.
namespace berth::metrics {
namespace {

void TryRequest(absl::string_view text) {
  const auto whole = ParseRequestHead(text);
  const auto half = ParseRequestHead(text.substr(0, text.size() / 2));
  Require(half.ok() || !whole.ok());
  if (half.ok() && half->has_value()) {
    Require(whole.ok() && whole->has_value() && (*whole)->path == (*half)->path);
  }
  if (whole.ok() && whole->has_value()) {
    Require(!(*whole)->method.empty() && !absl::StrContains((*whole)->path, '?'));
  }
}

}  // namespace
}  // namespace berth::metrics

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::metrics;  // NOLINT(google-build-using-namespace) the entry point is C's
  TryRequest(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
