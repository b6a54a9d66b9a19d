// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/build/build_cache.h"
#include "imageservice/build/build_job.h"
#include "imageservice/build/cache_mounts.h"
#include "imageservice/build/step_runner.h"
#include "imageservice/image_author.h"
#include "imageservice/image_store.h"
#include "imageservice/registry/http_client.h"

namespace berth::imageservice {

inline constexpr int kParallelStages = 4;  // of one build

struct BuilderOptions {
  std::string root;
  std::string state;
  std::string platform;      // of this machine
  uint64_t cache_bytes = 0;  // the most that BuildCache keeps, and CacheMounts
};

// The door of imageservice/build: from a Dockerfile and its context to an image. Thread-safe; a
// build that ends, however it ends, leaves its image or nothing, beside the cache.
class Builder {
 public:
  // All in root/build: the cache, the directories of cache mounts, and those of builds, of which
  // what an earlier daemon has left is removed; secrets as OpenSecretPlace says. `images` and
  // `runner` outlive it.
  static absl::StatusOr<std::unique_ptr<Builder>> Open(const BuilderOptions& options,
                                                       ImageStore& images, StepRunner& runner);

  // Of `context` only a Dockerfile counts where the request names another place. Of a directory
  // that changes while it is copied FailedPrecondition. What goes on is said in the words of
  // Docker's classic builder; after an error of an instruction the lines it stands in are.
  // InvalidArgument for what is no Dockerfile and cannot be done; ExitCodeOf (run_step.h) tells a
  // command's code.
  absl::StatusOr<Image> Build(const Call& call, const BuildRequest& request,
                              const ContextSource& context, const Say& say);

  // The number of the step whose error it is, as it has been said of it; 0 when it is none's.
  static size_t FailedStepOf(const absl::Status& error);

  BuildCache& cache() { return *cache_; }
  UrlNotes& urls() { return *urls_; }
  CacheMounts& cache_mounts() { return cache_mounts_; }

 private:
  Builder(std::string directory, std::string secret_place, std::string platform,
          uint64_t cache_bytes, ImageStore& images, StepRunner& runner,
          std::unique_ptr<BuildCache> cache, std::unique_ptr<UrlNotes> urls);
  void ShrinkMounts();

  const std::string directory_;
  const std::string secret_place_;
  const std::string platform_;  // of this machine
  ImageStore& images_;
  StepRunner& runner_;
  const std::unique_ptr<BuildCache> cache_;
  const std::unique_ptr<UrlNotes> urls_;
  CacheMounts cache_mounts_;
  HttpClient http_;
};

}  // namespace berth::imageservice
