// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/build_cache.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "imageservice/build/cache_database.h"

namespace berth::imageservice {
namespace {

constexpr absl::string_view kMigrations[] = {
    "CREATE TABLE steps (key TEXT PRIMARY KEY, created TEXT NOT NULL, layer TEXT NOT NULL,"
    " used_at INTEGER NOT NULL) WITHOUT ROWID",
};
constexpr size_t kMaxLayerText = 64 << 10;
constexpr size_t kSparePart = 20;  // of kMaxCachedSteps

std::string FormatLayer(const AuthoredLayer& layer) {
  return FormatJson({{"blob", layer.blob.str()},
                     {"size", layer.size},
                     {"compression", static_cast<int>(layer.compression)},
                     {"diff_id", layer.diff_id.str()},
                     {"chain_id", layer.chain_id}});
}

absl::StatusOr<AuthoredLayer> ParseLayer(absl::string_view text) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(text, kMaxLayerText));
  ASSIGN_OR_RETURN(const Digest blob, Digest::Parse(JsonString(json, "blob").value_or("")));
  ASSIGN_OR_RETURN(const Digest diff_id, Digest::Parse(JsonString(json, "diff_id").value_or("")));
  return AuthoredLayer{
      .blob = blob,
      .size = static_cast<uint64_t>(JsonInteger(json, "size").value_or(0)),
      .compression = static_cast<Compression>(JsonInteger(json, "compression").value_or(0)),
      .diff_id = diff_id,
      .chain_id = JsonString(json, "chain_id").value_or("")};
}

// As a row has it: empty where the step has none.
absl::StatusOr<std::optional<AuthoredLayer>> ReadLayer(absl::string_view text) {
  if (text.empty()) {
    return std::optional<AuthoredLayer>();
  }
  ASSIGN_OR_RETURN(AuthoredLayer layer, ParseLayer(text));
  return std::optional<AuthoredLayer>(std::move(layer));
}

std::vector<CachePiece> PiecesOf(const std::vector<CacheEntry>& entries) {
  std::vector<CachePiece> pieces;
  for (const CacheEntry& entry : entries) {
    CachePiece& piece = pieces.emplace_back(CachePiece{.key = entry.key, .used_at = entry.used_at});
    if (entry.step.layer.has_value()) {
      piece.bytes = entry.step.layer->size;
      piece.blob = entry.step.layer->blob.str();
    }
  }
  return pieces;
}

}  // namespace

absl::StatusOr<std::unique_ptr<BuildCache>> BuildCache::Open(const std::string& path,
                                                             uint64_t max_bytes,
                                                             ImageStore& images) {
  ASSIGN_OR_RETURN(Database database, OpenCacheDatabase(path, kMigrations));
  std::unique_ptr<BuildCache> cache(new BuildCache(std::move(database), max_bytes, images));
  absl::MutexLock lock(&cache->mutex_);
  RETURN_IF_ERROR(cache->Load());
  RETURN_IF_ERROR(cache->Shrink());
  return cache;
}

absl::Status BuildCache::Load() {
  std::vector<std::string> lost;
  ASSIGN_OR_RETURN(Statement rows,
                   database_.Prepare("SELECT key, created, layer, used_at FROM steps"));
  while (true) {
    ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) {
      break;
    }
    Held held;
    held.entry.key = rows.Text(0);
    held.entry.step.created = rows.Text(1);
    held.entry.used_at = absl::FromUnixSeconds(rows.Integer(3));
    absl::StatusOr<std::optional<AuthoredLayer>> layer = ReadLayer(rows.Text(2));
    if (!layer.ok()) {
      LogWarning("a step of the build cache is not readable and goes",
                 {{"key", held.entry.key}, {"error", layer.status().message()}});
      lost.push_back(held.entry.key);
      continue;
    }
    held.entry.step.layer = *std::move(layer);
    absl::StatusOr<std::unique_ptr<ImageAuthor>> keeper = Keep(held.entry.step);
    if (!keeper.ok()) {
      lost.push_back(held.entry.key);
      continue;
    }
    held.keeper = *std::move(keeper);
    steps_.insert_or_assign(held.entry.key, std::move(held));
  }
  for (const std::string& key : lost) {
    RETURN_IF_ERROR(Drop(key));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ImageAuthor>> BuildCache::Keep(const CachedStep& step) {
  if (!step.layer.has_value()) {
    return nullptr;
  }
  std::unique_ptr<ImageAuthor> keeper = images_.NewAuthor();
  RETURN_IF_ERROR(keeper->Adopt(*step.layer));
  return keeper;
}

absl::StatusOr<std::optional<CachedStep>> BuildCache::Find(const std::string& key, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  const auto found = steps_.find(key);
  if (found == steps_.end()) {
    return std::nullopt;
  }
  CacheEntry& entry = found->second.entry;
  if (absl::ToUnixSeconds(entry.used_at) != absl::ToUnixSeconds(now)) {
    entry.used_at = now;
    ASSIGN_OR_RETURN(Statement update,
                     database_.Prepare("UPDATE steps SET used_at = ? WHERE key = ?"));
    RETURN_IF_ERROR(update.Bind(1, absl::ToUnixSeconds(now)).Bind(2, key).Run());
  }
  return entry.step;
}

absl::Status BuildCache::Put(const std::string& key, const CachedStep& step, absl::Time now) {
  ASSIGN_OR_RETURN(std::unique_ptr<ImageAuthor> keeper, Keep(step));
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(database_.CheckRoom());
  ASSIGN_OR_RETURN(Statement insert,
                   database_.Prepare("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?)"));
  RETURN_IF_ERROR(insert.Bind(1, key)
                      .Bind(2, step.created)
                      .Bind(3, step.layer.has_value() ? FormatLayer(*step.layer) : "")
                      .Bind(4, absl::ToUnixSeconds(now))
                      .Run());
  steps_.insert_or_assign(key, Held{{key, step, now}, std::move(keeper)});
  const bool may_be_full = steps_.size() > kMaxCachedSteps || step.layer.has_value();
  return may_be_full ? Shrink() : absl::OkStatus();
}

absl::Status BuildCache::Drop(const std::string& key) {
  ASSIGN_OR_RETURN(Statement remove, database_.Prepare("DELETE FROM steps WHERE key = ?"));
  RETURN_IF_ERROR(remove.Bind(1, key).Run());
  steps_.erase(key);
  return absl::OkStatus();
}

std::vector<CacheEntry> BuildCache::EntriesLocked() const {
  std::vector<CacheEntry> entries;
  for (const auto& [key, held] : steps_) {
    entries.push_back(held.entry);
  }
  absl::c_stable_sort(
      entries, [](const CacheEntry& a, const CacheEntry& b) { return a.used_at < b.used_at; });
  return entries;
}

std::vector<CacheEntry> BuildCache::Entries() const {
  absl::MutexLock lock(&mutex_);
  return EntriesLocked();
}

uint64_t BuildCache::Bytes() const {
  absl::MutexLock lock(&mutex_);
  return BytesOf(PiecesOf(EntriesLocked()));
}

absl::StatusOr<PrunedCache> BuildCache::Prune(const CachePrune& prune) {
  absl::MutexLock lock(&mutex_);
  return PruneLocked(prune);
}

absl::StatusOr<PrunedCache> BuildCache::PruneLocked(const CachePrune& prune) {
  std::vector<CacheEntry> entries = EntriesLocked();
  const std::vector<CachePiece> pieces = PiecesOf(entries);
  PrunedCache gone;
  const std::vector<size_t> plan = PlanCachePrune(pieces, prune);
  if (plan.empty()) {  // as after most steps of a build
    return gone;
  }
  for (const size_t i : plan) {
    if (const absl::Status dropped = Drop(entries[i].key); !dropped.ok()) {
      RETURN_IF_ERROR(gone.entries.empty() ? dropped : absl::OkStatus());
      LogIfError(dropped, "not all of the build cache is pruned");
      break;
    }
    gone.entries.push_back(std::move(entries[i]));
  }
  gone.bytes = BytesOf(pieces) - BytesOf(PiecesOf(EntriesLocked()));
  return gone;
}

absl::Status BuildCache::Shrink() {
  // Some more when it is full: to find what goes takes a look at all, which is too much a step.
  const size_t spare = steps_.size() > kMaxCachedSteps ? kMaxCachedSteps / kSparePart : 0;
  return PruneLocked({.keep_bytes = max_bytes_, .keep_pieces = kMaxCachedSteps - spare}).status();
}

}  // namespace berth::imageservice
