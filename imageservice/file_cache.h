// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace berth::imageservice {

// Small files of images that are read at every container start (/etc/passwd and /etc/group), also
// those that do not exist. An image never changes, so nothing is ever stale. Thread-safe.
class FileCache {
 public:
  static constexpr size_t kMaxEntries = 64;
  static constexpr size_t kMaxFileSize = 16 << 10;  // larger ones are not kept

  // nullopt when it is not known; NotFound when the image is known not to have the file.
  std::optional<absl::StatusOr<std::string>> Find(absl::string_view image_id,
                                                  absl::string_view path);

  // Keeps the content, or that there is none (NotFound); other errors, the kernel's too, are not
  // kept.
  void Keep(absl::string_view image_id, absl::string_view path,
            const absl::StatusOr<std::string>& content);

 private:
  using Entry = std::pair<std::string, absl::StatusOr<std::string>>;  // key and content

  absl::Mutex mutex_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // the latest used first
  absl::flat_hash_map<std::string, std::list<Entry>::iterator> by_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
