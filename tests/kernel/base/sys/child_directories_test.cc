// SPDX-License-Identifier: Apache-2.0
#include "base/sys/child_directories.h"

#include <fcntl.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::sys {
namespace {

std::set<std::string> NamesIn(int directory) {
  ChildDirectories children(directory);
  std::set<std::string> names;
  while (true) {
    ErrnoOr<const char*> name = children.Next();
    EXPECT_THAT(name, test::IsOk());
    if (!name.ok() || *name == nullptr) {
      return names;
    }
    names.insert(*name);
  }
}

TEST(ChildDirectories, AreTheDirectoriesOnly) {
  test::TempDir directory;
  directory.Write("one/file", "");
  directory.Write("two/file", "");
  directory.Write("file", "");
  EXPECT_THAT(NamesIn(directory.fd()), ::testing::ElementsAre("one", "two"));
}

TEST(ChildDirectories, AreAllOfThem) {
  test::TempDir directory;
  std::set<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    expected.insert(absl::StrCat("a-name-of-some-length-", i));
    directory.Write(absl::StrCat("a-name-of-some-length-", i, "/x"), "");
  }
  EXPECT_EQ(NamesIn(directory.fd()), expected);
}

TEST(ChildDirectories, TellWhatIsNoDirectory) {
  ErrnoOr<Fd> null = OpenAt(AT_FDCWD, "/dev/null", O_RDONLY);
  ChildDirectories children(null->get());
  EXPECT_THAT(children.Next(), test::ErrnoIs(ENOTDIR));
}

}  // namespace
}  // namespace berth::sys
