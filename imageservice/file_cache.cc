// SPDX-License-Identifier: Apache-2.0
#include "imageservice/file_cache.h"

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

std::string KeyOf(absl::string_view image_id, absl::string_view path) {
  return absl::StrCat(image_id, " ", path);
}

}  // namespace

std::optional<absl::StatusOr<std::string>> FileCache::Find(absl::string_view image_id,
                                                           absl::string_view path) {
  absl::MutexLock lock(&mutex_);
  auto found = by_key_.find(KeyOf(image_id, path));
  if (found == by_key_.end()) {
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

void FileCache::Keep(absl::string_view image_id, absl::string_view path,
                     const absl::StatusOr<std::string>& content) {
  bool is_absent = absl::IsNotFound(content.status()) && !IsFromKernel(content.status());
  if (content.ok() ? content->size() > kMaxFileSize : !is_absent) {
    return;
  }
  std::string key = KeyOf(image_id, path);
  absl::MutexLock lock(&mutex_);
  if (by_key_.contains(key)) {
    return;
  }
  entries_.emplace_front(key, content);
  by_key_[key] = entries_.begin();
  if (entries_.size() > kMaxEntries) {
    by_key_.erase(entries_.back().first);
    entries_.pop_back();
  }
}

}  // namespace berth::imageservice
