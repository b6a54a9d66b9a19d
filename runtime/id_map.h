// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace berth::runtime {

// Objects by id, each with a name that no other has. Thread-safe; nothing here blocks on anything
// but O(log n) work under its lock, copies of All() excepted.
template <typename T>
class IdMap {
 public:
  // False when the id or the name is taken.
  bool Insert(const std::string& id, const std::string& name, std::shared_ptr<T> object) {
    absl::MutexLock lock(&mutex_);
    if (objects_.count(id) != 0 || !ids_.emplace(name, id).second) {
      return false;
    }
    objects_.emplace(id, Entry{name, std::move(object)});
    return true;
  }

  void Erase(const std::string& id) {
    absl::MutexLock lock(&mutex_);
    auto found = objects_.find(id);
    if (found != objects_.end()) {
      ids_.erase(found->second.name);
      objects_.erase(found);
    }
  }

  // By id or by a prefix that only one id has; null else, and for an empty prefix.
  std::shared_ptr<T> Find(absl::string_view prefix) const {
    absl::MutexLock lock(&mutex_);
    auto found = objects_.lower_bound(std::string(prefix));
    if (prefix.empty() || found == objects_.end() || !absl::StartsWith(found->first, prefix)) {
      return nullptr;
    }
    auto next = std::next(found);
    const bool exact = found->first.size() == prefix.size();
    if (!exact && next != objects_.end() && absl::StartsWith(next->first, prefix)) {
      return nullptr;
    }
    return found->second.object;
  }

  std::shared_ptr<T> FindByName(const std::string& name) const {
    absl::MutexLock lock(&mutex_);
    auto found = ids_.find(name);
    return found == ids_.end() ? nullptr : objects_.find(found->second)->second.object;
  }

  std::vector<std::shared_ptr<T>> All() const {
    absl::MutexLock lock(&mutex_);
    std::vector<std::shared_ptr<T>> all;
    all.reserve(objects_.size());
    for (const auto& [id, entry] : objects_) {
      all.push_back(entry.object);
    }
    return all;
  }

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<T> object;
  };

  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> objects_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> ids_ ABSL_GUARDED_BY(mutex_);  // by name
};

}  // namespace berth::runtime
