// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "imageservice/build/ignore_file.h"
#include "tests/fuzz/require.h"

// A path, and patterns on the lines after it: what is below an ignored directory is ignored unless
// a pattern takes it back.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::imageservice;  // NOLINT(google-build-using-namespace) the entry point is
                                        // C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('\n', 1));
  absl::StatusOr<IgnoreFile> file = IgnoreFile::Parse(parts.second);
  if (file.ok() && file->Ignores(parts.first)) {
    berth::Require(file->TakesBack() || file->Ignores(absl::StrCat(parts.first, "/below")));
  }
  return 0;
}
