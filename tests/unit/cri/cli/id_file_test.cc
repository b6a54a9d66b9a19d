// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/id_file.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/file.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cli {
namespace {

TEST(IdFile, StaysWithAnIdThatIsKept) {
  const test::TempDir dir;
  const std::string path = dir.Join("id");
  {
    absl::StatusOr<IdFile> file = IdFile::Make(path);
    ASSERT_THAT(file, test::IsOk());
    EXPECT_THAT(file->Write("abc"), test::IsOk());
    file->Keep();
  }
  EXPECT_EQ(ReadFile(path, 10).value_or(""), "abc");
}

TEST(IdFile, GoesWithAContainerThatGoes) {
  const test::TempDir dir;
  const std::string path = dir.Join("id");
  {
    absl::StatusOr<IdFile> file = IdFile::Make(path);
    ASSERT_THAT(file, test::IsOk());
    EXPECT_THAT(file->Write("abc"), test::IsOk());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(IdFile, TakesNobodysFile) {
  const test::TempDir dir;
  const std::string path = dir.Join("id");
  std::ofstream(path) << "other";
  EXPECT_THAT(IdFile::Make(path), test::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ReadFile(path, 10).value_or(""), "other");
  EXPECT_THAT(IdFile::Make(dir.Join("none/id")), test::StatusIs(absl::StatusCode::kNotFound));
}

TEST(IdFile, WithoutAPathThereIsNone) {
  absl::StatusOr<IdFile> file = IdFile::Make("");
  ASSERT_THAT(file, test::IsOk());
  EXPECT_THAT(file->Write("abc"), test::IsOk());
}

}  // namespace
}  // namespace berth::cli
