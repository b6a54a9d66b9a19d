// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/content/content_store.h"

namespace berth::test {

// A ContentStore without a disk. Open is not supported.
class InMemoryContentStore : public imageservice::ContentStore {
 public:
  absl::StatusOr<std::unique_ptr<imageservice::BlobIngest>> NewIngest() override {
    return std::make_unique<Ingest>(*this);
  }
  bool Has(const Digest& digest) const override {
    absl::MutexLock lock(&mutex_);
    return blobs_.contains(digest);
  }
  absl::StatusOr<sys::Fd> Open(const Digest&) const override {
    return absl::UnimplementedError("blobs in memory have no descriptor");
  }
  absl::StatusOr<std::string> Read(const Digest& digest, size_t max_bytes) const override {
    absl::MutexLock lock(&mutex_);
    auto found = blobs_.find(digest);
    if (found == blobs_.end()) {
      return absl::NotFoundError("no such blob");
    }
    if (found->second.size() > max_bytes || Digest::OfBytes(found->second) != digest) {
      return absl::DataLossError("damaged");
    }
    return found->second;
  }
  absl::StatusOr<std::vector<imageservice::BlobEntry>> List() const override {
    absl::MutexLock lock(&mutex_);
    std::vector<imageservice::BlobEntry> entries;
    for (const auto& [digest, bytes] : blobs_) {
      entries.push_back({digest, bytes.size()});
    }
    return entries;
  }
  absl::Status Remove(const Digest& digest) override {
    absl::MutexLock lock(&mutex_);
    blobs_.erase(digest);
    return absl::OkStatus();
  }
  absl::Status MakeDurable(const std::vector<Digest>&) override { return absl::OkStatus(); }

  // The content of a blob, true or not.
  void Put(const Digest& digest, std::string bytes) {
    absl::MutexLock lock(&mutex_);
    blobs_.insert_or_assign(digest, std::move(bytes));
  }

 private:
  class Ingest : public imageservice::BlobIngest {
   public:
    explicit Ingest(InMemoryContentStore& store) : store_(store) {}
    absl::Status Write(absl::string_view bytes) override {
      bytes_.append(bytes.data(), bytes.size());
      return absl::OkStatus();
    }
    uint64_t size() const override { return bytes_.size(); }
    Digest Seal() override { return Digest::OfBytes(bytes_); }
    absl::Status Commit(const Digest& expected) override {
      if (Digest::OfBytes(bytes_) != expected) {
        return absl::DataLossError("another digest");
      }
      store_.Put(expected, std::move(bytes_));
      return absl::OkStatus();
    }

   private:
    InMemoryContentStore& store_;
    std::string bytes_;
  };

  mutable absl::Mutex mutex_;
  std::map<Digest, std::string> blobs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::test
