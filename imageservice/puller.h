// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/single_flight.h"
#include "imageservice/content/content_store.h"
#include "imageservice/garbage_collector.h"
#include "imageservice/image_recorder.h"
#include "imageservice/image_resolver.h"
#include "imageservice/image_store.h"
#include "imageservice/layer_installer.h"
#include "imageservice/lease_table.h"
#include "imageservice/registry/registry_client.h"
#include "metrics/metrics.h"

namespace berth::imageservice {

using RegistryFactory = std::function<absl::StatusOr<std::unique_ptr<RegistryClient>>(
    const RegistryOptions&, const ImageReference&, const Credentials&)>;

// Pulls images: resolves, installs the layers, records. Thread-safe.
class Puller {
 public:
  // What a puller works on; all outlives it.
  struct Parts {
    ContentStore& content;
    LayerInstaller& installer;
    ImageRecorder& recorder;
    LeaseTable& leases;
    GarbageCollector& collector;
    metrics::Metrics& metrics;
  };
  struct Options {
    RegistryOptions registry;
    std::string platform;
    int max_pulls = 4;  // at a time; further ones wait. All but one of them from one registry
  };

  Puller(Options options, RegistryFactory registries, Parts parts)
      : options_(std::move(options)), registries_(std::move(registries)), parts_(parts) {}

  // ImageStore::Pull; returns the image's id.
  absl::StatusOr<std::string> Pull(const Call& call, const PullRequest& request);
  absl::StatusOr<std::vector<std::string>> ListTags(const Call& call, const PullRequest& request);

  // ImageStore::Describe.
  absl::StatusOr<RemoteImage> Describe(const Call& call, const PullRequest& request) const;

 private:
  // Who wants to hear about the flight of a key.
  using Listeners = std::multimap<std::string, const ProgressReport*>;

  absl::StatusOr<std::string> Run(const Call& call, const ImageReference& reference,
                                  const std::string& platform_name, const Credentials& credentials,
                                  const std::string& key);
  absl::StatusOr<std::string> Install(const Call& call, RegistryClient& registry,
                                      const ImageReference& reference, const Platform& platform,
                                      const ProgressReport& progress);
  absl::Status AwaitTurn(const Call& call, const std::string& host);
  void EndTurn(const std::string& host);
  void Tell(const std::string& key, const PullProgress& progress);
  void Count(const absl::Status& outcome, absl::Duration took);

  const Options options_;
  const RegistryFactory registries_;
  const Parts parts_;

  absl::Mutex mutex_;
  int pulling_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int> pulling_from_ ABSL_GUARDED_BY(mutex_);  // by registry
  absl::Mutex listeners_mutex_;
  Listeners listeners_ ABSL_GUARDED_BY(listeners_mutex_);
  SingleFlight<std::string, std::string> flights_;
};

}  // namespace berth::imageservice
