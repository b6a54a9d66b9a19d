// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "runtime/network/cni_config.h"

namespace berth::runtime {

// The network that pods get: the first usable file, by name, of the first configuration directory
// that exists. Directories may be deleted, made again and changed in any way at any time; what is
// there when Current is called counts, so no watcher is needed. Thread-safe.
class ConfigDirectory {
 public:
  explicit ConfigDirectory(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  // Files are read only when something has changed since the last call. A broken file is logged
  // once and skipped. Unavailable, with the reason, when there is no usable one.
  absl::StatusOr<std::shared_ptr<const NetworkConfig>> Current();

 private:
  void Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LogChange(const std::string& loaded, const std::vector<std::string>& broken)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::vector<std::string> paths_;
  // Held while reading a few small files. Not a lock that anyone else waits for.
  absl::Mutex mutex_;
  std::string fingerprint_ ABSL_GUARDED_BY(mutex_);
  bool settled_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<const NetworkConfig> network_ ABSL_GUARDED_BY(mutex_);
  std::string reason_ ABSL_GUARDED_BY(mutex_);  // why there is none
  std::string logged_ ABSL_GUARDED_BY(mutex_);  // what was said last, not to repeat it
};

}  // namespace berth::runtime
