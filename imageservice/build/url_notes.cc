// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/url_notes.h"

#include <cstdint>

#include "base/status.h"
#include "imageservice/build/cache_database.h"

namespace berth::imageservice {
namespace {

constexpr absl::string_view kMigrations[] = {
    "CREATE TABLE urls (url TEXT PRIMARY KEY, etag TEXT NOT NULL, digest TEXT NOT NULL, used_at "
    "INTEGER NOT NULL) WITHOUT ROWID",
};

bool IsKept(const UrlNote& note) {
  return !note.etag.empty() && note.etag.size() <= kMaxValidator;
}

}  // namespace

absl::StatusOr<std::unique_ptr<UrlNotes>> UrlNotes::Open(const std::string& path) {
  ASSIGN_OR_RETURN(Database database, OpenCacheDatabase(path, kMigrations));
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  return std::unique_ptr<UrlNotes>(new UrlNotes(std::move(database)));
}

absl::StatusOr<std::optional<UrlNote>> UrlNotes::Find(const std::string& url, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Statement row, database_.Prepare("SELECT etag, digest FROM urls WHERE url = ?"));
  ASSIGN_OR_RETURN(const bool found, row.Bind(1, url).Step());
  if (!found) {
    return std::nullopt;
  }
  UrlNote note{row.Text(0), row.Text(1)};
  ASSIGN_OR_RETURN(Statement update,
                   database_.Prepare("UPDATE urls SET used_at = ? WHERE url = ?"));
  RETURN_IF_ERROR(update.Bind(1, absl::ToUnixSeconds(now)).Bind(2, url).Run());
  return std::optional<UrlNote>(std::move(note));
}

absl::Status UrlNotes::Put(const std::string& url, const UrlNote& note, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (!IsKept(note)) {
    ASSIGN_OR_RETURN(Statement remove, database_.Prepare("DELETE FROM urls WHERE url = ?"));
    return remove.Bind(1, url).Run();
  }
  RETURN_IF_ERROR(database_.CheckRoom());
  ASSIGN_OR_RETURN(Statement insert,
                   database_.Prepare("INSERT OR REPLACE INTO urls VALUES (?, ?, ?, ?)"));
  RETURN_IF_ERROR(insert.Bind(1, url)
                      .Bind(2, note.etag)
                      .Bind(3, note.digest)
                      .Bind(4, absl::ToUnixSeconds(now))
                      .Run());
  ASSIGN_OR_RETURN(Statement shrink,
                   database_.Prepare("DELETE FROM urls WHERE url IN (SELECT url FROM urls"
                                     " ORDER BY used_at DESC, url LIMIT -1 OFFSET ?)"));
  return shrink.Bind(1, static_cast<int64_t>(kMaxUrlNotes)).Run();
}

absl::Status UrlNotes::Prune(absl::Time before) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(Statement remove, database_.Prepare("DELETE FROM urls WHERE used_at < ?"));
  return remove.Bind(1, absl::ToUnixSeconds(before)).Run();
}

}  // namespace berth::imageservice
