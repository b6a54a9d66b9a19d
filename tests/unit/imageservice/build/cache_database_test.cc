// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_database.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;

constexpr absl::string_view kMigrations[] = {"CREATE TABLE t (word TEXT)"};

class CacheDatabaseTest : public testing::Test {
 protected:
  absl::StatusOr<Database> Open() { return OpenCacheDatabase(path_, kMigrations); }

  // How many words there are.
  int64_t Count() {
    absl::StatusOr<Database> database = Open();
    EXPECT_THAT(database, IsOk());
    if (!database.ok()) {
      return -1;
    }
    absl::StatusOr<Statement> count = database->Prepare("SELECT count(*) FROM t");
    EXPECT_THAT(count, IsOk());
    EXPECT_THAT(count->Step(), IsOkAndHolds(true));
    return count->Integer(0);
  }
  // In the file itself, or in its log alone.
  void Fill(int words, bool into_file) {
    absl::StatusOr<Database> database = Open();
    ASSERT_THAT(database, IsOk());
    for (int i = 0; i < words; ++i) {
      ASSERT_THAT(database->Execute("INSERT INTO t VALUES (hex(randomblob(500)))"), IsOk());
    }
    if (into_file) {
      ASSERT_THAT(database->Checkpoint(), IsOk());
    }
  }

  test::TempDir space_;
  const std::string path_ = space_.Join("c.db");
};

TEST_F(CacheDatabaseTest, WhatIsWholeStays) {
  Fill(3, /*into_file=*/false);
  EXPECT_EQ(Count(), 3);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".damaged"));
}

TEST_F(CacheDatabaseTest, WhatIsNoDatabaseIsSetAsideWithItsLog) {
  Fill(100, /*into_file=*/true);
  Fill(3, /*into_file=*/false);
  std::ofstream(path_, std::ios::trunc) << std::string(8192, 'x');
  EXPECT_EQ(Count(), 0);
  EXPECT_TRUE(std::filesystem::exists(path_ + ".damaged"));
  Fill(2, /*into_file=*/false);
  EXPECT_EQ(Count(), 2);
}

TEST_F(CacheDatabaseTest, DamageBehindTheHeaderIsFoundToo) {
  Fill(100, /*into_file=*/true);
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path_));
  ASSERT_GT(size, 8 * 4096);
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(size / 2);
  file << std::string(static_cast<size_t>(size / 2), 'x');
  file.close();
  EXPECT_EQ(Count(), 0);
  EXPECT_TRUE(std::filesystem::exists(path_ + ".damaged"));
}

TEST_F(CacheDatabaseTest, OneOfANewerProgramIsNotDamaged) {
  {
    absl::StatusOr<Database> database = Open();
    ASSERT_THAT(database, IsOk());
    ASSERT_THAT(database->Execute("PRAGMA user_version = 7"), IsOk());
  }
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".damaged"));
}

}  // namespace
}  // namespace berth::imageservice
