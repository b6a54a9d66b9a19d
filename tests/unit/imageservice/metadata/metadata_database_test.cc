// SPDX-License-Identifier: Apache-2.0
#include "imageservice/metadata/metadata_database.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

absl::Status Insert(Database& database) {
  return database.Execute("INSERT INTO roots (key, chain_id, number) VALUES ('k', '', 1)");
}

absl::StatusOr<int64_t> CountRoots(MetadataDatabase& database) {
  int64_t count = 0;
  absl::Status status = database.Transact([&count](Database& db) -> absl::Status {
    absl::StatusOr<Statement> rows = db.Prepare("SELECT count(*) FROM roots");
    if (!rows.ok()) {
      return rows.status();
    }
    absl::StatusOr<bool> row = rows->Step();
    count = rows->Integer(0);
    return row.status();
  });
  if (!status.ok()) {
    return status;
  }
  return count;
}

TEST(MetadataDatabase, CommitsOnlyWhatEndsWell) {
  test::TempDir space;
  ASSERT_OK_AND_ASSIGN(auto database, MetadataDatabase::OpenSnapshots(space.Join("s.db")));
  EXPECT_THAT(database->Transact([](Database& db) -> absl::Status {
    EXPECT_THAT(Insert(db), IsOk());
    return absl::CancelledError("changed my mind");
  }),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(CountRoots(*database), test::IsOkAndHolds(0));
  EXPECT_THAT(database->Transact(Insert), IsOk());
  EXPECT_THAT(CountRoots(*database), test::IsOkAndHolds(1));
}

TEST(MetadataDatabase, CountsTransactionsSinceTheCheckpoint) {
  test::TempDir space;
  ASSERT_OK_AND_ASSIGN(auto database, MetadataDatabase::OpenSnapshots(space.Join("s.db")));
  EXPECT_EQ(database->transactions(), 0);
  ASSERT_THAT(database->Transact(Insert), IsOk());
  EXPECT_EQ(database->transactions(), 1);
  ASSERT_THAT(database->Checkpoint(), IsOk());
  EXPECT_EQ(database->transactions(), 0);
}

TEST(MetadataDatabase, KeepsItsContentWhenOpenedAgain) {
  test::TempDir space;
  {
    ASSERT_OK_AND_ASSIGN(auto database, MetadataDatabase::OpenSnapshots(space.Join("s.db")));
    ASSERT_THAT(database->Transact(Insert), IsOk());
  }
  ASSERT_OK_AND_ASSIGN(auto database, MetadataDatabase::OpenSnapshots(space.Join("s.db")));
  EXPECT_THAT(CountRoots(*database), test::IsOkAndHolds(1));
}

TEST(MetadataDatabase, RefusesAFileThatIsNoDatabase) {
  test::TempDir space;
  std::string path = space.Write("i.db", std::string(4096, 'x'));
  EXPECT_THAT(MetadataDatabase::OpenImages(path), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::imageservice
