// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/image_store.h"

namespace berth::cri {

// What a pull says to a client of Docker's while it goes on: lines of JSON, from a thread of its
// own, so that a client that does not read holds up nobody's download; where the node has no thread
// left, at the end only. Thread-safe.
class PullReport {
 public:
  using Write = std::function<void(absl::string_view)>;

  explicit PullReport(Write write);
  ~PullReport();  // as Finish
  PullReport(const PullReport&) = delete;
  PullReport& operator=(const PullReport&) = delete;

  // Never waits for the client.
  void Tell(const imageservice::PullProgress& progress);

  // Ends the thread, with what has been told said. When the pull has worked, its layers are said to
  // be complete.
  void Finish(bool worked);

 private:
  struct Layer {
    uint64_t current = 0;
    uint64_t total = 0;
    bool changed = true;
    bool is_announced = false;
  };

  void Loop();
  void WriteChanges();

  const Write write_;
  absl::Mutex mutex_;
  std::map<std::string, Layer> layers_ ABSL_GUARDED_BY(mutex_);  // by digest
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// A line of a progress stream: {"status": …}, with an id where it is of a part. Pure.
std::string StatusLine(absl::string_view status, absl::string_view id = "");
// With progressDetail. Pure.
std::string ProgressLine(absl::string_view status, absl::string_view id, uint64_t current,
                         uint64_t total);

}  // namespace berth::cri
