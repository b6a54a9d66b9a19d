// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace berth {

// One prepared statement. Parameters count from 1, columns from 0. Used by one thread at a time.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // A Bind in the middle of the rows gives up the rest of them.
  Statement& Bind(int index, int64_t value);
  Statement& Bind(int index, absl::string_view text);
  Statement& BindBlob(int index, absl::string_view bytes);

  // True when there is a row, false at the end. After the end or an error the statement is reset
  // and may be bound again. What a Bind refused is reported here. AlreadyExists when a unique value
  // is taken.
  absl::StatusOr<bool> Step();
  // Step for a statement that yields no row.
  absl::Status Run();

  int64_t Integer(int column) const;
  std::string Text(int column) const;  // of a blob too

 private:
  friend class Database;
  Statement(sqlite3* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  sqlite3_stmt* Idle();
  Statement& Remember(int bind_result);

  sqlite3* database_;
  sqlite3_stmt* statement_;
  int bind_result_ = 0;  // of the first Bind since the last Step that failed
};

enum class Durability {
  kProcess,  // synchronous=NORMAL: survives SIGKILL; no fsync but in Checkpoint()
  kPower,    // synchronous=FULL: a committed transaction survives power loss
};

// A SQLite file in WAL mode. Not thread-safe: the owner serializes. A full disk is
// ResourceExhausted, a file that is no database DataLoss. Blocks are kept for some MiB of log, so
// that what removes and frees also works on a full disk, and so does opening; what adds asks
// CheckRoom first and leaves them alone.
class Database {
 public:
  // Opens or creates (0600) the file and applies `migrations` from user_version on, each in a
  // transaction of its own. FailedPrecondition when the file is newer than the migrations.
  static absl::StatusOr<Database> Open(const std::string& path, Durability durability,
                                       std::span<const absl::string_view> migrations);
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  absl::Status Execute(absl::string_view sql);  // one or more statements without parameters

  // Moves the WAL into the file (fsyncs); the WAL is then written anew from its beginning. kProcess
  // databases do it only here, kPower ones by themselves too. Other connections may write
  // meanwhile: then what they have written since stays in the WAL, which grows on.
  absl::Status Checkpoint();

  // ResourceExhausted when the disk is full.
  absl::Status CheckRoom() const;

 private:
  static absl::StatusOr<Database> OpenFile(const std::string& path, Durability durability,
                                           std::span<const absl::string_view> migrations);
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
};

// BEGIN IMMEDIATE … COMMIT; rolls back when destroyed before Commit.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  absl::Status Commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace berth
