// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/call.h"

namespace berth {

// Work that several callers want at the same time is done once: calls of Run with equal keys share
// one flight and get copies of its result. Thread-safe. The destructor waits for all flights, and
// no Run may be under way then.
template <typename Key, typename Value>
class SingleFlight {
 public:
  // Gets a call without a deadline that is cancelled when nobody waits any more. Owns what it uses:
  // the caller of Run may have returned.
  using Work = absl::AnyInvocable<absl::StatusOr<Value>(const Call&)>;

  SingleFlight() = default;
  SingleFlight(const SingleFlight&) = delete;
  SingleFlight& operator=(const SingleFlight&) = delete;
  ~SingleFlight() {
    absl::MutexLock lock(&mutex_);
    auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_ == 0; };
    mutex_.Await(absl::Condition(&none));
  }

  // Joins the flight of `key`, or starts one with `work` on a thread of its own, and waits. When
  // `call` ends first it returns Cancelled or DeadlineExceeded; the flight goes on as long as
  // another caller waits. One that everybody has left is never joined: the next caller waits until
  // it has come down, then starts anew.
  absl::StatusOr<Value> Run(const Call& call, const Key& key, Work work) {
    absl::MutexLock lock(&mutex_);
    std::shared_ptr<Flight> flight;
    while (flight == nullptr) {
      auto found = flights_.find(key);
      if (found == flights_.end()) {
        flight = TakeOff(key, std::move(work));
      } else if (std::shared_ptr<Flight> under_way = found->second; under_way->waiting > 0) {
        flight = std::move(under_way);
        ++flight->waiting;
      } else if (absl::Status left = AwaitResult(call, *under_way); !left.ok()) {
        return left;
      }
    }
    absl::Status left = AwaitResult(call, *flight);
    --flight->waiting;
    if (!left.ok()) {
      return left;
    }
    return *flight->result;
  }

 private:
  struct Flight {
    int waiting = 1;  // 0 while there is no result: abandoned for good
    std::optional<absl::StatusOr<Value>> result;
  };

  std::shared_ptr<Flight> TakeOff(const Key& key, Work work) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto flight = std::make_shared<Flight>();
    flights_.emplace(key, flight);
    ++running_;
    std::thread([this, key, flight, work = std::move(work)]() mutable {
      Call call(absl::InfiniteFuture(), [this, flight] { return IsAbandoned(*flight); });
      absl::StatusOr<Value> result = work(call);
      work = nullptr;  // what it owns is gone before anybody is told
      absl::MutexLock lock(&mutex_);
      flight->result = std::move(result);
      flights_.erase(key);
      --running_;
    }).detach();
    return flight;
  }

  absl::Status AwaitResult(const Call& call, const Flight& flight)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto landed = [&flight] { return flight.result.has_value(); };
    return Await(mutex_, absl::Condition(&landed), call);
  }

  bool IsAbandoned(const Flight& flight) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return flight.waiting == 0;
  }

  absl::Mutex mutex_;
  std::map<Key, std::shared_ptr<Flight>> flights_ ABSL_GUARDED_BY(mutex_);
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace berth
