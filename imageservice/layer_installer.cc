// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer_installer.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

#include "base/status.h"
#include "base/thread_pool.h"

namespace berth::imageservice {

// One call of Install.
//
// Holds cannot deadlock: that of a chain id is waited for only from the lowest layer up, by a call
// that has those above it alone.
class Installation {
 public:
  Installation(LayerInstaller& owner, const Call& call, const BlobFetcher& fetcher,
               const ProgressReport& progress)
      : owner_(owner), call_(call), fetcher_(fetcher), progress_(progress) {}

  absl::Status Run(const std::vector<LayerSource>& layers) {
    for (const LayerSource& layer : layers) {
      Plan(layer);
    }
    {
      ThreadPool pool("layers", std::min(static_cast<int>(jobs_.size()), owner_.parallel_),
                      ThreadPool::Life::kJob);
      for (std::unique_ptr<Job>& job : jobs_) {
        if (job->kind == Job::Kind::kUnpack || job->kind == Job::Kind::kFetch) {
          pool.Schedule([this, job = job.get()] { Start(*job); });
        }
      }
      for (std::unique_ptr<Job>& job : jobs_) {
        if (absl::Status status = Complete(*job); !status.ok()) {
          Fail(status);
          break;
        }
      }
    }
    absl::MutexLock lock(&mutex_);
    return failure_;
  }

 private:
  struct Job {
    enum class Kind {
      kFetch,   // the layer is there, its blob perhaps not
      kUnpack,  // both are ours to make
      kAwait,   // somebody else makes the layer
    };
    const LayerSource* layer;
    Kind kind = Kind::kFetch;
    std::optional<KeyedHolds::Hold> hold;  // of its chain id
    bool done = false;                     // its part on the pool; guarded by Installation::mutex_
    UnpackedLayer unpacked;
  };

  bool HasLayer(const LayerSource& layer) const {
    return owner_.snapshotter_.HasLayer(layer.chain_id);
  }

  void Plan(const LayerSource& layer) {
    auto job = std::make_unique<Job>();
    job->layer = &layer;
    if (!layer.is_attachment && !HasLayer(layer)) {
      job->hold = owner_.chains_.TryAcquire(layer.chain_id);
      job->kind = job->hold.has_value() ? Job::Kind::kUnpack : Job::Kind::kAwait;
    }
    if (job->kind != Job::Kind::kAwait && HasLayer(layer)) {  // perhaps since a moment ago
      job->hold.reset();
      job->kind = Job::Kind::kFetch;
    }
    jobs_.push_back(std::move(job));
  }

  // Ends when the caller has gone and also when another layer has failed.
  Call JobCall() {
    return Call(call_.deadline(), [this] { return stopped_ || call_.cancelled(); });
  }

  void Start(Job& job) {
    absl::Status status = Transfer(job);
    if (!status.ok()) {
      Fail(status);
    }
    absl::MutexLock lock(&mutex_);
    job.done = true;
  }

  absl::Status Transfer(Job& job) {
    RETURN_IF_ERROR(JobCall().Check());
    if (job.kind == Job::Kind::kFetch) {
      return owner_.fetcher_.Fetch(JobCall(), *job.layer, fetcher_, progress_);
    }
    std::unique_ptr<MergedView> parents;
    if (owner_.snapshotter_.HasLayer(job.layer->parent)) {
      ASSIGN_OR_RETURN(parents, Parents(*job.layer));
    }
    ASSIGN_OR_RETURN(job.unpacked, owner_.fetcher_.FetchAndUnpack(JobCall(), *job.layer, fetcher_,
                                                                  progress_, std::move(parents)));
    return absl::OkStatus();
  }

  void Fail(const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    if (failure_.ok()) {
      failure_ = status;
    }
    stopped_ = true;
  }

  absl::Status Complete(Job& job) {
    if (job.kind == Job::Kind::kAwait) {
      return CompleteOther(job);
    }
    {
      absl::MutexLock lock(&mutex_);
      auto settled = [this, &job]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return job.done || !failure_.ok();
      };
      mutex_.Await(absl::Condition(&settled));
      RETURN_IF_ERROR(failure_);
    }
    return job.kind == Job::Kind::kUnpack ? Commit(job) : absl::OkStatus();
  }

  absl::Status CompleteOther(Job& job) {
    ASSIGN_OR_RETURN(job.hold, owner_.chains_.Acquire(JobCall(), job.layer->chain_id));
    if (HasLayer(*job.layer)) {
      job.hold.reset();
      return owner_.fetcher_.Fetch(JobCall(), *job.layer, fetcher_, progress_);
    }
    ASSIGN_OR_RETURN(std::unique_ptr<MergedView> parents, Parents(*job.layer));
    ASSIGN_OR_RETURN(job.unpacked, owner_.fetcher_.FetchAndUnpack(JobCall(), *job.layer, fetcher_,
                                                                  progress_, std::move(parents)));
    return Commit(job);
  }

  // The layers below exist by now.
  absl::Status Commit(Job& job) {
    ASSIGN_OR_RETURN(std::unique_ptr<MergedView> parents, Parents(*job.layer));
    ASSIGN_OR_RETURN(bool settled, Settle(job, *parents));
    if (!settled) {
      job.unpacked = UnpackedLayer();
      ASSIGN_OR_RETURN(std::unique_ptr<MergedView> known, Parents(*job.layer));
      ASSIGN_OR_RETURN(job.unpacked, owner_.fetcher_.FetchAndUnpack(JobCall(), *job.layer, nullptr,
                                                                    nullptr, std::move(known)));
      ASSIGN_OR_RETURN(settled, Settle(job, *parents));
      if (!settled) {
        return absl::InternalError("a layer depends on those below in an unknown way");
      }
    }
    UnpackedLayer unpacked = std::move(job.unpacked);
    RETURN_IF_ERROR(unpacked.draft->Commit(job.layer->chain_id, job.layer->parent,
                                           unpacked.extractor->usage()));
    job.hold.reset();
    return absl::OkStatus();
  }

  static absl::StatusOr<bool> Settle(Job& job, const MergedView& parents) {
    if (job.unpacked.needs_parents) {
      return false;
    }
    return job.unpacked.extractor->Settle(parents);
  }

  absl::StatusOr<std::unique_ptr<MergedView>> Parents(const LayerSource& layer) const {
    ASSIGN_OR_RETURN(std::vector<std::string> directories,
                     owner_.snapshotter_.LayerDirectories(layer.parent));
    ASSIGN_OR_RETURN(MergedView view, MergedView::Open(directories));
    return std::make_unique<MergedView>(std::move(view));
  }

  LayerInstaller& owner_;
  const Call& call_;
  const BlobFetcher& fetcher_;
  const ProgressReport& progress_;
  std::atomic<bool> stopped_ = false;
  std::vector<std::unique_ptr<Job>> jobs_;
  absl::Mutex mutex_;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

absl::Status LayerInstaller::Install(const Call& call, const std::vector<LayerSource>& layers,
                                     const BlobFetcher& fetcher, const ProgressReport& progress) {
  return Installation(*this, call, fetcher, progress).Run(layers);
}

}  // namespace berth::imageservice
