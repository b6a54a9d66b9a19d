// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/output_frames.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cli {
namespace {

std::string Frame(char stream, const std::string& text) {
  std::string head(8, '\0');
  head[0] = stream;
  head[7] = static_cast<char>(text.size());
  return head + text;
}

// "out|err", however the bytes are cut.
std::string Shown(const std::string& bytes, size_t step) {
  OutputFrames frames;
  std::string out;
  std::string err;
  for (size_t at = 0; at < bytes.size(); at += step) {
    EXPECT_THAT(frames.Take(absl::string_view(bytes).substr(at, step),
                            [&](bool is_error, absl::string_view text) {
                              absl::StrAppend(is_error ? &err : &out, text);
                            }),
                test::IsOk());
  }
  return absl::StrCat(out, "|", err);
}

TEST(OutputFrames, AreTakenApartWhereverTheyAreCut) {
  const std::string bytes =
      absl::StrCat(Frame(1, "one "), Frame(2, "error"), Frame(1, ""), Frame(1, "two"));
  for (const size_t step : {1, 3, 8, 100}) {
    EXPECT_EQ(Shown(bytes, step), "one two|error") << step;
  }
}

TEST(OutputFrames, OtherBytesAreAnError) {
  OutputFrames frames;
  EXPECT_THAT(frames.Take("plain text", [](bool, absl::string_view) {}),
              test::StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::cli
