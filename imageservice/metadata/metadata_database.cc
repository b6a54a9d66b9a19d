// SPDX-License-Identifier: Apache-2.0
#include "imageservice/metadata/metadata_database.h"

#include "absl/strings/string_view.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

// A migration that has been released never changes; what is new is appended.
constexpr absl::string_view kImageMigrations[] = {
    R"(CREATE TABLE images (id TEXT PRIMARY KEY) WITHOUT ROWID;
       CREATE TABLE image_names (
         name TEXT PRIMARY KEY,
         image TEXT NOT NULL,
         target TEXT NOT NULL  -- the digest of the manifest or index that the name means
       ) WITHOUT ROWID;
       CREATE INDEX image_names_by_image ON image_names (image);
       CREATE TABLE image_blobs (
         image TEXT NOT NULL,
         digest TEXT NOT NULL,
         size INTEGER NOT NULL,
         media_type TEXT NOT NULL,
         PRIMARY KEY (image, digest)
       ) WITHOUT ROWID;)",
};

constexpr absl::string_view kSnapshotMigrations[] = {
    R"(CREATE TABLE layers (
         number INTEGER PRIMARY KEY,
         chain_id TEXT NOT NULL UNIQUE,
         parent TEXT NOT NULL,  -- a chain id, or empty
         bytes INTEGER NOT NULL,
         inodes INTEGER NOT NULL,
         opaque INTEGER NOT NULL,   -- hides all layers below
         durable INTEGER NOT NULL,  -- has been synced since
         boot_id TEXT NOT NULL      -- of the commit
       );
       CREATE TABLE roots (
         key TEXT PRIMARY KEY,
         chain_id TEXT NOT NULL,   -- of the topmost layer, or empty
         number INTEGER NOT NULL   -- of its directory; 0 for a view, which has none
       ) WITHOUT ROWID;)",
};

}  // namespace

absl::StatusOr<std::unique_ptr<MetadataDatabase>> MetadataDatabase::OpenImages(
    const std::string& path) {
  ASSIGN_OR_RETURN(Database database, Database::Open(path, Durability::kPower, kImageMigrations));
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  return std::unique_ptr<MetadataDatabase>(new MetadataDatabase(std::move(database)));
}

absl::StatusOr<std::unique_ptr<MetadataDatabase>> MetadataDatabase::OpenSnapshots(
    const std::string& path) {
  ASSIGN_OR_RETURN(Database database,
                   Database::Open(path, Durability::kProcess, kSnapshotMigrations));
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  return std::unique_ptr<MetadataDatabase>(new MetadataDatabase(std::move(database)));
}

absl::Status MetadataDatabase::Transact(absl::FunctionRef<absl::Status(Database&)> work) {
  absl::MutexLock lock(&mutex_);
  ++transactions_;
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  RETURN_IF_ERROR(work(database_));
  return transaction.Commit();
}

absl::Status MetadataDatabase::Checkpoint() {
  absl::MutexLock lock(&mutex_);
  transactions_ = 0;
  return database_.Checkpoint();
}

}  // namespace berth::imageservice
