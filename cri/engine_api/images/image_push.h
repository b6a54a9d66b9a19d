// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/exchange.h"
#include "imageservice/image_store.h"

namespace berth::cri {

// POST /images/{name}/push: one tag, or without the parameter all that the repository has here.
absl::Status PushImage(Exchange& exchange, imageservice::ImageStore& images, EventHub& events,
                       const std::string& name);

// What a push says to a client of Docker's while it goes on. A client that does not read holds up
// its own push. Thread-safe.
class PushReport {
 public:
  explicit PushReport(std::function<void(absl::string_view)> write) : write_(std::move(write)) {}

  void Tell(const imageservice::PushProgress& progress);

 private:
  const std::function<void(absl::string_view)> write_;
  absl::Mutex mutex_;
  std::map<std::string, absl::Time> said_ ABSL_GUARDED_BY(mutex_);  // when, by layer
};

}  // namespace berth::cri
