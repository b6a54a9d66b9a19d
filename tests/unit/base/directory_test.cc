// SPDX-License-Identifier: Apache-2.0
#include "base/directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "gmock/gmock.h"

#include "base/sys/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;

TEST(SortedNames, AreThoseOfTheDirectoryUpToALimit) {
  test::TempDir space;
  for (const char* name : {"b", "c", "a"}) {
    space.Write(name, "");
  }
  const auto names = [&](size_t max) -> absl::StatusOr<std::vector<std::string>> {
    auto reader = sys::DirectoryReader::Open(AT_FDCWD, space.path().c_str());
    EXPECT_TRUE(reader.ok());
    return SortedNames(*reader, max);
  };
  EXPECT_THAT(names(3), IsOkAndHolds(ElementsAre("a", "b", "c")));
  EXPECT_THAT(names(2), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(EmptyDirectory, RemovesAllThatIsInIt) {
  test::TempDir space;
  space.Write("d/file", "");
  space.Write("d/below/file", "");
  const auto directory = OpenOrMakeDirectory(AT_FDCWD, space.Join("d"), 0700);
  ASSERT_TRUE(directory.ok()) << directory.status();
  EXPECT_THAT(NamesIn(directory->get()), IsOkAndHolds(ElementsAre("below", "file")));
  EXPECT_THAT(EmptyDirectory(directory->get()), test::IsOk());
  EXPECT_THAT(NamesIn(directory->get()), IsOkAndHolds(ElementsAre()));
}

TEST(EmptyDirectory, RemovesMoreThanItHoldsInMemory) {
  test::TempDir space;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    space.Write(name, "");
  }
  const auto directory = sys::OpenAt(AT_FDCWD, space.path().c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_TRUE(directory.ok());
  EXPECT_THAT(EmptyDirectory(directory->get(), 2), test::IsOk());
  EXPECT_THAT(NamesIn(directory->get()), IsOkAndHolds(ElementsAre()));
}

TEST(OpenOrMakeDirectory, OpensWhatItMade) {
  test::TempDir space;
  for (int i = 0; i < 2; ++i) {
    const auto directory = OpenOrMakeDirectory(AT_FDCWD, space.Join("d"), 0700);
    ASSERT_TRUE(directory.ok()) << directory.status();
    struct stat info = {};
    ASSERT_EQ(fstat(directory->get(), &info), 0);
    EXPECT_EQ(info.st_mode, static_cast<mode_t>(S_IFDIR | 0700));
  }
  space.Write("f", "");
  EXPECT_FALSE(OpenOrMakeDirectory(AT_FDCWD, space.Join("f"), 0700).ok());
}

}  // namespace
}  // namespace berth
