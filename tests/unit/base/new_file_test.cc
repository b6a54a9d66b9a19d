// SPDX-License-Identifier: Apache-2.0
#include "base/new_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

bool Empty(const std::string& directory) {
  return std::filesystem::is_empty(directory);
}

TEST(NewFile, AppearsWhenItIsPublished) {
  test::TempDir space;
  const std::string path = space.Join("archive.tar");
  {
    ASSERT_OK_AND_ASSIGN(const NewFile file, NewFile::Create(path));
    ASSERT_EQ(write(file.fd(), "text", 4), 4);
    EXPECT_TRUE(Empty(space.path()));
  }
  EXPECT_TRUE(Empty(space.path())) << "nothing is left of what was not published";
  ASSERT_OK_AND_ASSIGN(const NewFile file, NewFile::Create(path));
  EXPECT_THAT(file.Publish(), IsOk());
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
}

TEST(NewFile, ReplacesNothing) {
  test::TempDir space;
  std::ofstream(space.Join("there")) << "kept";
  std::filesystem::create_symlink("/nowhere", space.Join("link"));
  for (const char* name : {"there", "link"}) {
    EXPECT_THAT(NewFile::Create(space.Join(name)).status(),
                StatusIs(absl::StatusCode::kAlreadyExists));
  }
  ASSERT_OK_AND_ASSIGN(const NewFile first, NewFile::Create(space.Join("new")));
  ASSERT_OK_AND_ASSIGN(const NewFile second, NewFile::Create(space.Join("new")));
  EXPECT_THAT(first.Publish(), IsOk());
  EXPECT_THAT(second.Publish(), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST(NewFile, TakesAbsolutePathsOfFilesInDirectories) {
  test::TempDir space;
  for (const std::string& path :
       {std::string(), std::string("relative"), std::string("/"), space.Join("a/../b"),
        space.Join("no/such/directory"), space.path() + "/", space.Join(std::string(300, 'x')),
        space.path() + "/."}) {
    EXPECT_THAT(NewFile::Create(path).status(), StatusIs(absl::StatusCode::kInvalidArgument))
        << path;
  }
}

}  // namespace
}  // namespace berth
