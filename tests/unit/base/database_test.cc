// SPDX-License-Identifier: Apache-2.0
#include "base/database.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/inode.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace {

int g_syncs = 0;

}  // namespace

// SQLite's calls arrive here before libc's own.
extern "C" int fsync(int fd) {
  ++g_syncs;
  return static_cast<int>(syscall(SYS_fsync, fd));
}
extern "C" int fdatasync(int fd) {
  ++g_syncs;
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

namespace berth {
namespace {

using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using test::TempDir;
using ::testing::HasSubstr;

constexpr absl::string_view kSchema = "CREATE TABLE pods (name TEXT PRIMARY KEY, size INTEGER)";
constexpr absl::string_view kMigrations[] = {kSchema, "ALTER TABLE pods ADD COLUMN extra BLOB"};

class DatabaseTest : public ::testing::Test {
 protected:
  absl::StatusOr<Database> Open(Durability durability = Durability::kProcess) {
    return Database::Open(path_, durability, kMigrations);
  }

  static absl::Status Insert(Database& database, absl::string_view name, int64_t size) {
    absl::StatusOr<Statement> insert =
        database.Prepare("INSERT INTO pods (name, size) VALUES (?, ?)");
    return insert.ok() ? insert->Bind(1, name).Bind(2, size).Run() : insert.status();
  }

  static int64_t Count(Database& database) {
    absl::StatusOr<Statement> count = database.Prepare("SELECT count(*) FROM pods");
    EXPECT_THAT(count->Step(), IsOkAndHolds(true));
    return count->Integer(0);
  }

  TempDir dir_;
  std::string path_ = dir_.Join("test.db");
};

TEST_F(DatabaseTest, KeepsRowsOverAReopening) {
  {
    ASSERT_OK_AND_ASSIGN(Database database, Open());
    ASSERT_THAT(Insert(database, "a", 5'000'000'000), IsOk());
  }
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  ASSERT_OK_AND_ASSIGN(Statement select,
                       database.Prepare("SELECT name, size, extra IS NULL FROM pods"));
  ASSERT_THAT(select.Step(), IsOkAndHolds(true));
  EXPECT_EQ(select.Text(0), "a");
  EXPECT_EQ(select.Integer(1), 5'000'000'000);
  EXPECT_EQ(select.Integer(2), 1);
  EXPECT_THAT(select.Step(), IsOkAndHolds(false));
}

TEST_F(DatabaseTest, IsReadableByItsOwnerOnly) {
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  for (const char* name : {"test.db", "test.db-wal", "test.db-shm"}) {
    sys::ErrnoOr<struct stat> info = sys::StatAt(dir_.fd(), name, 0);
    ASSERT_THAT(info, IsOk()) << name;
    EXPECT_EQ(info->st_mode & 07777, 0600u) << name;
  }
}

TEST_F(DatabaseTest, AppliesWhatIsMissingOfTheMigrations) {
  const absl::string_view first[] = {kSchema};
  {
    ASSERT_OK_AND_ASSIGN(Database old, Database::Open(path_, Durability::kPower, first));
    ASSERT_THAT(Insert(old, "a", 1), IsOk());
  }
  {
    ASSERT_OK_AND_ASSIGN(Database database, Open());
    EXPECT_THAT(database.Execute("UPDATE pods SET extra = 'x'"), IsOk());
  }
  EXPECT_THAT(Database::Open(path_, Durability::kPower, first),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("test.db")));
}

TEST_F(DatabaseTest, AppliesAMigrationWholeOrNotAtAll) {
  const absl::string_view bad[] = {kSchema, "CREATE TABLE more (x); CREATE TABLE nonsense"};
  EXPECT_FALSE(Database::Open(path_, Durability::kPower, bad).ok());
  const absl::string_view good[] = {kSchema, "CREATE TABLE more (x)"};
  EXPECT_THAT(Database::Open(path_, Durability::kPower, good), IsOk());
}

TEST_F(DatabaseTest, SaysThatAFileIsNoDatabase) {
  dir_.Write("test.db", std::string(8192, 'x'));
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Database::Open(dir_.Join("no/such.db"), Durability::kPower, kMigrations),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(DatabaseTest, SaysThatAValueIsTaken) {
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  ASSERT_THAT(Insert(database, "a", 1), IsOk());
  EXPECT_THAT(Insert(database, "a", 2), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(DatabaseTest, StoresBytesAndEmptyTextUnchanged) {
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  const std::string bytes("a\0b\xff", 4);
  ASSERT_OK_AND_ASSIGN(Statement insert,
                       database.Prepare("INSERT INTO pods (name, extra) VALUES (?, ?)"));
  ASSERT_THAT(insert.Bind(1, absl::string_view()).BindBlob(2, bytes).Run(), IsOk());
  ASSERT_OK_AND_ASSIGN(Statement select,
                       database.Prepare("SELECT name, extra, name IS NULL FROM pods"));
  ASSERT_THAT(select.Step(), IsOkAndHolds(true));
  EXPECT_EQ(select.Integer(2), 0);
  EXPECT_EQ(select.Text(0), "");
  EXPECT_EQ(select.Text(1), bytes);
}

TEST_F(DatabaseTest, RunsAStatementAgainAfterItsEnd) {
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  ASSERT_OK_AND_ASSIGN(Statement insert, database.Prepare("INSERT INTO pods (name) VALUES (?)"));
  EXPECT_THAT(insert.Bind(1, "a").Run(), IsOk());
  EXPECT_THAT(insert.Bind(1, "b").Run(), IsOk());
  EXPECT_THAT(insert.Bind(1, "b").Run(), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(insert.Bind(1, "c").Run(), IsOk());
  EXPECT_EQ(Count(database), 3);
}

TEST_F(DatabaseTest, RunsAStatementAgainFromTheMiddleOfItsRows) {
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  ASSERT_THAT(Insert(database, "a", 1), IsOk());
  ASSERT_THAT(Insert(database, "b", 2), IsOk());
  ASSERT_OK_AND_ASSIGN(Statement select, database.Prepare("SELECT size FROM pods WHERE name >= ?"));
  EXPECT_THAT(select.Bind(1, "a").Step(), IsOkAndHolds(true));
  EXPECT_THAT(select.Bind(1, "b").Step(), IsOkAndHolds(true));
  EXPECT_EQ(select.Integer(0), 2);
}

TEST_F(DatabaseTest, ReportsWhatBindRefused) {
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  ASSERT_OK_AND_ASSIGN(Statement insert, database.Prepare("INSERT INTO pods (name) VALUES (?)"));
  EXPECT_FALSE(insert.Bind(2, "no such parameter").Run().ok());
  EXPECT_EQ(Count(database), 0);
  EXPECT_FALSE(database.Prepare("SELEKT").ok());
}

TEST_F(DatabaseTest, RollsBackWithoutCommit) {
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  {
    ASSERT_OK_AND_ASSIGN(Transaction transaction, Transaction::Begin(database));
    ASSERT_THAT(Insert(database, "a", 1), IsOk());
  }
  EXPECT_EQ(Count(database), 0);
  {
    ASSERT_OK_AND_ASSIGN(Transaction transaction, Transaction::Begin(database));
    ASSERT_THAT(Insert(database, "a", 1), IsOk());
    ASSERT_THAT(transaction.Commit(), IsOk());
  }
  EXPECT_EQ(Count(database), 1);
}

TEST_F(DatabaseTest, WritesTheLogFromItsBeginningAfterACheckpoint) {
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(Insert(database, std::to_string(i), i), IsOk());
  }
  const int64_t before = sys::StatAt(dir_.fd(), "test.db-wal", 0)->st_size;
  ASSERT_THAT(database.Checkpoint(), IsOk());
  for (int i = 0; i < 50; ++i) {
    ASSERT_THAT(Insert(database, std::to_string(100 + i), i), IsOk());
  }
  EXPECT_EQ(sys::StatAt(dir_.fd(), "test.db-wal", 0)->st_size, before);
  EXPECT_EQ(Count(database), 150);
}

TEST_F(DatabaseTest, ALogThatWasLongIsCut) {
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  const std::string text(1 << 20, 'x');
  for (int i = 0; i < 8; ++i) {
    ASSERT_THAT(Insert(database, std::to_string(i) + text, i), IsOk());
  }
  EXPECT_GT(sys::StatAt(dir_.fd(), "test.db-wal", 0)->st_size, 8 << 20);
  ASSERT_THAT(database.Checkpoint(), IsOk());
  EXPECT_LE(sys::StatAt(dir_.fd(), "test.db-wal", 0)->st_size, 4 << 20);
  EXPECT_EQ(Count(database), 8);
}

TEST_F(DatabaseTest, KeepsRoomForItsLog) {
  const auto allocated = [this] {
    return 512 * sys::StatAt(dir_.fd(), "test.db-wal", 0)->st_blocks;
  };
  {
    ASSERT_OK_AND_ASSIGN(Database database, Open());
    EXPECT_GE(allocated(), 4 << 20);
    EXPECT_THAT(database.CheckRoom(), IsOk());
  }
  EXPECT_GE(allocated(), 4 << 20);  // closed, too
  EXPECT_TRUE(sys::StatAt(dir_.fd(), "test.db-reserve", 0).ok());
}

TEST_F(DatabaseTest, NamesTheFileAndNotTheStatement) {
  ASSERT_OK_AND_ASSIGN(Database database, Open());
  const absl::Status status = database.Execute("INSERT INTO pods (name) VALUES (1), (1)");
  EXPECT_THAT(status.message(), HasSubstr(path_));
  EXPECT_THAT(status.message(), ::testing::Not(HasSubstr("INSERT")));
}

TEST_F(DatabaseTest, RefusesALink) {
  dir_.Write("other.db", "");
  ASSERT_EQ(symlink("other.db", path_.c_str()), 0);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("test.db")));
}

TEST_F(DatabaseTest, SyncsInACheckpointOnlyWhenForTheProcess) {
  ASSERT_OK_AND_ASSIGN(Database database, Open(Durability::kProcess));
  for (int round = 0; round < 2; ++round) {
    g_syncs = 0;
    for (int i = 0; i < 20; ++i) {
      ASSERT_THAT(Insert(database, std::to_string(100 * round + i), i), IsOk());
    }
    EXPECT_EQ(g_syncs, 0);
    ASSERT_THAT(database.Checkpoint(), IsOk());
    EXPECT_GT(g_syncs, 0);
  }
}

TEST_F(DatabaseTest, SyncsEachTransactionWhenForPowerLoss) {
  ASSERT_OK_AND_ASSIGN(Database database, Open(Durability::kPower));
  ASSERT_THAT(Insert(database, "a", 1), IsOk());
  g_syncs = 0;
  ASSERT_THAT(Insert(database, "b", 1), IsOk());
  EXPECT_GT(g_syncs, 0);
}

TEST_F(DatabaseTest, CanBeMoved) {
  ASSERT_OK_AND_ASSIGN(Database first, Open());
  ASSERT_OK_AND_ASSIGN(Database second,
                       Database::Open(dir_.Join("b.db"), Durability::kPower, kMigrations));
  second = std::move(first);
  EXPECT_THAT(Insert(second, "a", 1), IsOk());
  ASSERT_OK_AND_ASSIGN(Statement a, second.Prepare("SELECT 1"));
  ASSERT_OK_AND_ASSIGN(Statement b, second.Prepare("SELECT 2"));
  a = std::move(b);
  EXPECT_THAT(a.Step(), IsOkAndHolds(true));
  EXPECT_EQ(a.Integer(0), 2);
}

}  // namespace
}  // namespace berth
