// SPDX-License-Identifier: Apache-2.0
#include "cri/checkpoint/scratch.h"

#include <sys/stat.h>

#include <filesystem>
#include <optional>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

TEST(ScratchDirectory, GoesWithItsOwner) {
  test::TempDir space;
  std::string path;
  {
    ASSERT_OK_AND_ASSIGN(ScratchDirectory made, ScratchDirectory::Make(space.Join("work")));
    const ScratchDirectory scratch = std::move(made);
    path = scratch.path();
    EXPECT_THAT(scratch.WriteFile("text", "text"), IsOk());
    EXPECT_THAT(scratch.WriteFile("text", "again"), StatusIs(absl::StatusCode::kAlreadyExists));
    struct stat info = {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0700u);
    EXPECT_EQ(std::filesystem::file_size(path + "/text"), 4u);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(ScratchDirectory, WhatIsLeftOfOthersIsCleared) {
  test::TempDir space;
  std::filesystem::create_directories(space.Join("work/abc/checkpoint"));
  EXPECT_THAT(ClearScratch(space.Join("work")), IsOk());
  EXPECT_FALSE(std::filesystem::exists(space.Join("work")));
  EXPECT_THAT(ClearScratch(space.Join("work")), IsOk());
}

}  // namespace
}  // namespace berth::cri
