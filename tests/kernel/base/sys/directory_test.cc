// SPDX-License-Identifier: Apache-2.0
#include "base/sys/directory.h"

#include <fcntl.h>

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/file_tree.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::sys {
namespace {

using test::ErrnoIs;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::set<std::string> Names(DirectoryReader& reader) {
  std::set<std::string> names;
  while (true) {
    ErrnoOr<const dirent*> entry = reader.Next();
    EXPECT_THAT(entry, IsOk());
    if (!entry.ok() || *entry == nullptr) {
      return names;
    }
    names.insert((*entry)->d_name);
  }
}

TEST(DirectoryReader, ListsEntriesWithoutTheDots) {
  test::TempDir dir;
  test::MakeTree(dir.path(), {test::File("a"), test::Dir("b", {test::File("c")}), test::File("..d"),
                              test::Dir("empty")});
  ErrnoOr<DirectoryReader> reader = DirectoryReader::Open(dir.fd(), ".");
  ASSERT_THAT(reader, IsOk());
  EXPECT_THAT(Names(*reader), ElementsAre("..d", "a", "b", "empty"));
  ErrnoOr<DirectoryReader> empty = DirectoryReader::Open(reader->fd(), "empty");
  ASSERT_THAT(empty, IsOk());
  EXPECT_THAT(Names(*empty), IsEmpty());
}

TEST(DirectoryReader, FollowsNoLink) {
  test::TempDir dir;
  test::MakeTree(dir.path(), {test::Dir("a"), test::Link("link", "a"), test::File("file")});
  EXPECT_THAT(DirectoryReader::Open(dir.fd(), "link"), ErrnoIs(ENOTDIR));
  EXPECT_THAT(DirectoryReader::Open(dir.fd(), "file"), ErrnoIs(ENOTDIR));
  EXPECT_THAT(DirectoryReader::Open(dir.fd(), "absent"), ErrnoIs(ENOENT));
}

TEST(DirectoryReader, CanBeMoved) {
  test::TempDir dir;
  test::MakeTree(dir.path(), {test::File("a"), test::Dir("b", {test::File("c")})});
  ErrnoOr<DirectoryReader> first = DirectoryReader::Open(dir.fd(), ".");
  ErrnoOr<DirectoryReader> second = DirectoryReader::Open(dir.fd(), "b");
  ASSERT_THAT(second, IsOk());
  *first = *std::move(second);
  EXPECT_THAT(Names(*first), ElementsAre("c"));
}

}  // namespace
}  // namespace berth::sys
