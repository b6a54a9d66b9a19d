// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/sys/event_loop.h"
#include "base/sys/fd.h"
#include "base/sys/process.h"
#include "metrics/metrics.h"
#include "runtime/plan/shim_protocol.h"
#include "runtime/shim_client.h"

namespace berth::runtime {

// Hears what all shims report, on one thread, and reaps those that are children of ours.
// Descriptors tell it everything; nothing is polled. The destructor stops listening and leaves the
// shims alone. Thread-safe.
class ShimMonitor {
 public:
  // Called on the monitor's thread: every pod waits until they return.
  struct Callbacks {
    std::function<void(const ShimReply& reply)> on_reply;
    // The shim has closed the connection: it has died, or closes it for a reason of its own. Also
    // when it does not speak as this daemon does.
    std::function<void(const std::string& pod_id)> on_end;
  };

  // `shims` counts the pods that are heard; it must outlive the monitor.
  static absl::StatusOr<std::unique_ptr<ShimMonitor>> Start(Callbacks callbacks,
                                                            prometheus::Gauge& shims);
  ~ShimMonitor();
  ShimMonitor(const ShimMonitor&) = delete;
  ShimMonitor& operator=(const ShimMonitor&) = delete;

  // Hears a subscription, after kSynced, in place of any earlier one of that pod.
  absl::Status Watch(const std::string& pod_id, ShimConnection subscription);
  void Unwatch(const std::string& pod_id);
  // False from before on_end is called on.
  bool IsWatched(const std::string& pod_id) const;

  // Reaps the shim whenever it ends.
  absl::Status Adopt(sys::Process shim);

 private:
  struct Source {
    std::string pod_id;
    sys::Fd subscription;
    sys::Process child;
  };
  using SourcePtr = std::shared_ptr<Source>;

  ShimMonitor(Callbacks callbacks, prometheus::Gauge& shims, sys::Poller poller, sys::Fd wake);

  absl::Status Add(int fd, SourcePtr source);
  void Loop();
  void Drain(uint64_t key);
  void Read(uint64_t key, const SourcePtr& source);
  void Remove(uint64_t key);
  void Count() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Callbacks callbacks_;
  prometheus::Gauge& shims_;
  const sys::Poller poller_;
  const sys::Fd wake_;  // eventfd; readable: stop

  mutable absl::Mutex mutex_;
  std::map<uint64_t, SourcePtr> sources_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> subscriptions_ ABSL_GUARDED_BY(mutex_);  // by pod
  uint64_t next_key_ ABSL_GUARDED_BY(mutex_) = 1;
  std::thread thread_;
};

}  // namespace berth::runtime
