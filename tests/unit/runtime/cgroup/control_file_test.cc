// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/control_file.h"

#include <string>

#include "gtest/gtest.h"

#include "tests/unit/runtime/cgroup/fake_tree.h"

namespace berth::runtime {
namespace {

TEST(ControlFile, ReadsFilesOfAnySizeUpToTheLimit) {
  for (const size_t size : {0, 1, 4095, 4096, 4097, 8192, 100000}) {
    const FakeTree tree({{"file", std::string(size, 'x')}});
    const absl::StatusOr<std::string> text = ReadControlFile(tree.Path("file"), kMaxControlFile);
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(text->size(), size);
  }
}

TEST(ControlFile, RefusesWhatIsLongerThanTheLimit) {
  const FakeTree tree({{"file", std::string(20000, 'x')}});
  EXPECT_TRUE(absl::IsResourceExhausted(ReadControlFile(tree.Path("file"), 5000).status()));
}

TEST(ControlFile, AbsentIsNotFound) {
  const FakeTree tree;
  EXPECT_TRUE(absl::IsNotFound(ReadControlFile(tree.Path("file"), 5000).status()));
}

TEST(ControlFile, FindsTheWholeKeyAtTheStartOfALine) {
  constexpr char kText[] = "total_rss 7\nrss 5\nnone\nrss_huge 6\nbad x\nlast 9";
  EXPECT_EQ(FindKeyed(kText, "rss"), 5u);
  EXPECT_EQ(FindKeyed(kText, "rss_huge"), 6u);
  EXPECT_EQ(FindKeyed(kText, "last"), 9u);
  EXPECT_EQ(FindKeyed(kText, "total"), std::nullopt);
  EXPECT_EQ(FindKeyed(kText, "none"), std::nullopt);
  EXPECT_EQ(FindKeyed(kText, "bad"), std::nullopt);
  EXPECT_EQ(FindKeyed("", "rss"), std::nullopt);
}

TEST(ControlFile, ReadsLimitsOfBothVersions) {
  EXPECT_EQ(ParseLimit("max\n"), std::nullopt);
  EXPECT_EQ(ParseLimit("9223372036854771712\n"), std::nullopt);
  EXPECT_EQ(ParseLimit("-1"), std::nullopt);
  EXPECT_EQ(ParseLimit("4096\n"), 4096u);
}

}  // namespace
}  // namespace berth::runtime
