// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/cache_database.h"

#include <fcntl.h>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "base/sys/inode.h"

namespace berth::imageservice {
namespace {

// Damage that opening does not meet would be met by whoever reads it later.
absl::Status CheckPages(Database& database) {
  ASSIGN_OR_RETURN(Statement check, database.Prepare("PRAGMA quick_check(1)"));
  ASSIGN_OR_RETURN(const bool row, check.Step());
  const std::string found = row ? check.Text(0) : "nothing";
  return found == "ok" ? absl::OkStatus() : absl::DataLossError(found);
}

absl::StatusOr<Database> OpenWhole(const std::string& path,
                                   std::span<const absl::string_view> migrations) {
  ASSIGN_OR_RETURN(Database database, Database::Open(path, Durability::kProcess, migrations));
  RETURN_IF_ERROR(CheckPages(database));
  return database;
}

// Its log first: that of another database must never lie beside a new one.
absl::Status SetAside(const std::string& path) {
  for (const char* suffix : {"-wal", "-shm"}) {
    const std::string beside = path + suffix;
    RETURN_IF_ERROR(ToStatus(sys::RemoveFile(AT_FDCWD, beside.c_str()), "remove ", beside));
  }
  const std::string damaged = path + ".damaged";
  return ToStatus(sys::Rename(AT_FDCWD, path.c_str(), AT_FDCWD, damaged.c_str()), "set aside ",
                  path);
}

}  // namespace

absl::StatusOr<Database> OpenCacheDatabase(const std::string& path,
                                           std::span<const absl::string_view> migrations) {
  absl::StatusOr<Database> database = OpenWhole(path, migrations);
  if (!absl::IsDataLoss(database.status())) {
    return database;
  }
  LogWarning("a cache is damaged and begun anew",
             {{"path", path}, {"error", database.status().message()}});
  RETURN_IF_ERROR(SetAside(path));
  return OpenWhole(path, migrations);
}

}  // namespace berth::imageservice
