// SPDX-License-Identifier: Apache-2.0
#include "base/database.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/disk_reserve.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth {
namespace {

constexpr int kBusyTimeoutMs = 5000;  // another process looks into the file
constexpr int64_t kLogBytes = 4 << 20;
constexpr int64_t kReserveBytes = 256 << 10;
constexpr int64_t kRoomToAdd = 1 << 20;

absl::StatusCode CodeOf(int result) {
  if (result == SQLITE_IOERR_SHMSIZE) {
    return absl::StatusCode::kResourceExhausted;
  }
  switch (result & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kUnavailable;
    case SQLITE_CONSTRAINT:
      return result == SQLITE_CONSTRAINT_UNIQUE || result == SQLITE_CONSTRAINT_PRIMARYKEY
                 ? absl::StatusCode::kAlreadyExists
                 : absl::StatusCode::kInternal;
    default:
      return absl::StatusCode::kInternal;
  }
}

std::string PathOf(sqlite3* database) {
  const char* path = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
  return path == nullptr ? "" : path;
}

// People read it: it names the file and not the statement.
absl::Status ErrorOf(sqlite3* database, int result) {
  return absl::Status(CodeOf(result), absl::StrCat("database ", PathOf(database), ": ",
                                                   database == nullptr ? sqlite3_errstr(result)
                                                                       : sqlite3_errmsg(database)));
}

absl::StatusOr<int64_t> UserVersion(Database& database) {
  ASSIGN_OR_RETURN(Statement statement, database.Prepare("PRAGMA user_version"));
  ASSIGN_OR_RETURN(bool row, statement.Step());
  return row ? statement.Integer(0) : 0;
}

absl::Status Migrate(Database& database, std::span<const absl::string_view> migrations) {
  ASSIGN_OR_RETURN(int64_t version, UserVersion(database));
  if (version > static_cast<int64_t>(migrations.size())) {
    return absl::FailedPreconditionError(absl::StrCat("the database has version ", version,
                                                      ", this program knows ", migrations.size(),
                                                      "; a newer one has written it"));
  }
  for (auto i = static_cast<size_t>(version); i < migrations.size(); ++i) {
    ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
    RETURN_IF_ERROR(database.Execute(migrations[i]));
    RETURN_IF_ERROR(database.Execute(absl::StrCat("PRAGMA user_version = ", i + 1)));
    RETURN_IF_ERROR(transaction.Commit());
  }
  return absl::OkStatus();
}

absl::Status Configure(Database& database, Durability durability) {
  RETURN_IF_ERROR(database.Execute(
      "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY"));
  return database.Execute(durability == Durability::kPower
                              ? "PRAGMA synchronous = FULL"
                              : "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0");
}

// The first transaction in an empty WAL fsyncs the WAL's header, whatever the durability. Writing a
// page that changes nothing does it now, so that no later transaction has to. A disk that is full
// forbids it to nobody.
absl::Status BeginWal(Database& database) {
  ASSIGN_OR_RETURN(int64_t version, UserVersion(database));
  const absl::Status written = database.Execute(absl::StrCat("PRAGMA user_version = ", version));
  return absl::IsResourceExhausted(written) ? absl::OkStatus() : written;
}

// SQLite would create the file with the mode 0644; its WAL and index get the mode of the file. One
// that is there is not opened: closing it would give up the locks of this process's connections.
absl::Status CreatePrivately(const std::string& path) {
  const auto file =
      sys::OpenAt(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (file.ok() || file.error().code != EEXIST) {
    return ToStatus(file, "create ", path);
  }
  ASSIGN_OR_RETURN(const struct stat info,
                   ToStatusOr(sys::StatAt(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW), path));
  return S_ISREG(info.st_mode)
             ? absl::OkStatus()
             : absl::FailedPreconditionError(absl::StrCat(path, " is no regular file"));
}

std::string ReservePath(const std::string& path) {
  return path + "-reserve";
}

// The log and a reserve hold what removing needs on a full disk. What cannot be had now is asked
// for at the next checkpoint.
void KeepRoom(const std::string& path) {
  LogIfError(ReserveBlocks(path + "-wal", kLogBytes), "ignored: room for a database's log");
  LogIfError(MakeReserve(ReservePath(path), kReserveBytes), "ignored: a database's reserve");
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      bind_result_(other.bind_result_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  Statement old(std::move(*this));
  database_ = other.database_;
  statement_ = std::exchange(other.statement_, nullptr);
  bind_result_ = other.bind_result_;
  return *this;
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

sqlite3_stmt* Statement::Idle() {
  if (sqlite3_stmt_busy(statement_) != 0) {
    sqlite3_reset(statement_);
  }
  return statement_;
}

Statement& Statement::Remember(int bind_result) {
  if (bind_result_ == SQLITE_OK) {
    bind_result_ = bind_result;
  }
  return *this;
}

Statement& Statement::Bind(int index, int64_t value) {
  return Remember(sqlite3_bind_int64(Idle(), index, value));
}

Statement& Statement::Bind(int index, absl::string_view text) {
  // A null pointer would bind NULL, and an empty string_view may hold one.
  return Remember(sqlite3_bind_text64(Idle(), index, text.empty() ? "" : text.data(), text.size(),
                                      SQLITE_TRANSIENT, SQLITE_UTF8));
}

Statement& Statement::BindBlob(int index, absl::string_view bytes) {
  return Remember(sqlite3_bind_blob64(Idle(), index, bytes.empty() ? "" : bytes.data(),
                                      bytes.size(), SQLITE_TRANSIENT));
}

absl::StatusOr<bool> Statement::Step() {
  int result = std::exchange(bind_result_, SQLITE_OK);
  if (result == SQLITE_OK) {
    result = sqlite3_step(statement_);
  }
  if (result == SQLITE_ROW) {
    return true;
  }
  absl::Status status = absl::OkStatus();
  if (result != SQLITE_DONE) {
    status = ErrorOf(database_, result);
  }
  sqlite3_reset(statement_);
  RETURN_IF_ERROR(status);
  return false;
}

absl::Status Statement::Run() {
  absl::StatusOr<bool> row = Step();
  if (row.ok() && *row) {
    sqlite3_reset(statement_);
    return absl::InternalError("database: a statement without results yielded a row");
  }
  return row.status();
}

int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string()
                          : std::string(static_cast<const char*>(bytes), static_cast<size_t>(size));
}

absl::StatusOr<Database> Database::OpenFile(const std::string& path, Durability durability,
                                            std::span<const absl::string_view> migrations) {
  RETURN_IF_ERROR(CreatePrivately(path));
  sqlite3* handle = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(handle);
  if (result != SQLITE_OK) {
    return Annotate(ErrorOf(handle, result), absl::StrCat("open ", path));
  }
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  int persist = 1;  // the log keeps its room when the last connection closes
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
  RETURN_IF_ERROR(Configure(database, durability));
  RETURN_IF_ERROR(Annotate(Migrate(database, migrations), path));
  if (durability == Durability::kProcess) {
    RETURN_IF_ERROR(BeginWal(database));
  }
  return database;
}

absl::StatusOr<Database> Database::Open(const std::string& path, Durability durability,
                                        std::span<const absl::string_view> migrations) {
  absl::StatusOr<Database> database = OpenFile(path, durability, migrations);
  if (absl::IsResourceExhausted(database.status()) && GiveUpReserve(ReservePath(path))) {
    database = OpenFile(path, durability, migrations);
  }
  if (database.ok()) {
    KeepRoom(path);
  }
  return database;
}

Database::Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
  Database old(std::move(*this));
  handle_ = std::exchange(other.handle_, nullptr);
  return *this;
}

Database::~Database() {
  // _v2: statements that still live keep the handle until they go.
  sqlite3_close_v2(handle_);
}

absl::StatusOr<Statement> Database::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) {
    return ErrorOf(handle_, result);
  }
  return Statement(handle_, statement);
}

absl::Status Database::Execute(absl::string_view sql) {
  const std::string text(sql);
  const int result = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? absl::OkStatus() : ErrorOf(handle_, result);
}

absl::Status Database::Checkpoint() {
  const std::string path = PathOf(handle_);
  const auto move = [this] {
    return sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  };
  int result = move();
  if (CodeOf(result) == absl::StatusCode::kResourceExhausted && GiveUpReserve(ReservePath(path))) {
    result = move();
  }
  if (result != SQLITE_OK) {
    return ErrorOf(handle_, result);
  }
  // A log that was longer once is cut as it begins anew. At a close it would lose all its room.
  RETURN_IF_ERROR(Execute(absl::StrCat("PRAGMA journal_size_limit = ", kLogBytes)));
  const absl::Status begun = BeginWal(*this);
  RETURN_IF_ERROR(Execute("PRAGMA journal_size_limit = -1"));
  KeepRoom(path);
  return begun;
}

absl::Status Database::CheckRoom() const {
  return berth::CheckRoom(PathOf(handle_), kRoomToAdd);
}

absl::StatusOr<Transaction> Transaction::Begin(Database& database) {
  RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ != nullptr) {
    LogIfError(database_->Execute("ROLLBACK"), "ignored: rolling back a transaction");
  }
}

absl::Status Transaction::Commit() {
  RETURN_IF_ERROR(database_->Execute("COMMIT"));
  database_ = nullptr;
  return absl::OkStatus();
}

}  // namespace berth
