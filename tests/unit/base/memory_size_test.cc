// SPDX-License-Identifier: Apache-2.0
#include "base/memory_size.h"

#include <utility>

#include "gtest/gtest.h"

namespace berth {
namespace {

TEST(ParseMemorySize, TakesDockersUnits) {
  const std::pair<const char*, int64_t> cases[] = {
      {"4096", 4096},        {"4096b", 4096},     {"1k", 1024},       {"64MiB", 64 << 20},
      {"512m", 512LL << 20}, {"1.5g", 3LL << 29}, {"2GB", 2LL << 30}, {"1T", 1LL << 40},
  };
  for (const auto& [text, bytes] : cases) {
    const absl::StatusOr<int64_t> parsed = ParseMemorySize(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, bytes) << text;
  }
}

TEST(ParseMemorySize, RefusesWhatIsNoSize) {
  for (const char* text : {"", "m", "-1", "1x", "1.2.3", "0", "0.1", "99999999t", "1 g", "nan"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseMemorySize(text).status())) << text;
  }
}

}  // namespace
}  // namespace berth
