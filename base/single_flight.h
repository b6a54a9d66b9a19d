// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "base/status.h"

namespace berth {

// Work that several callers want at the same time is done once: calls of Run with equal keys share
// one flight and get copies of its result. Thread-safe.
template <typename Key, typename Value>
class SingleFlight {
 public:
  // Gets a call without a deadline, good until it returns, that is cancelled when nobody waits any
  // more.
  using Work = absl::FunctionRef<absl::StatusOr<Value>(const Call&)>;
  // Gets a value that was made with nobody left to take it.
  using Abandoned = absl::FunctionRef<void(const Value&)>;

  SingleFlight() = default;
  SingleFlight(const SingleFlight&) = delete;
  SingleFlight& operator=(const SingleFlight&) = delete;

  // Starts a flight of `key` with `work` on this thread, or joins one and waits. Whose call ends
  // meanwhile gets Cancelled or DeadlineExceeded, at once if it has joined; the flight goes on as
  // long as another caller waits. One that has seen everybody leave is never joined: the next
  // caller waits until it has come down, then starts anew.
  absl::StatusOr<Value> Run(
      const Call& call, const Key& key, Work work, Abandoned abandoned = [](const Value&) {}) {
    FlightPtr flight;
    bool leads = false;
    {
      absl::MutexLock lock(&mutex_);
      while (flight == nullptr) {
        FlightPtr& entry = flights_[key];
        leads = entry == nullptr;
        if (leads) {
          entry = std::make_shared<Flight>();
        }
        if (!entry->abandoned) {
          flight = entry;
        } else if (absl::Status left = AwaitResult(call, entry); !left.ok()) {
          return left;
        }
      }
      if (!leads) {
        ++flight->followers;
        absl::Status left = AwaitResult(call, flight);
        --flight->followers;
        return left.ok() ? *flight->result : left;
      }
    }
    return Lead(call, key, work, abandoned, *flight);
  }

 private:
  struct Flight {
    int followers = 0;       // who wait besides the caller that leads
    bool abandoned = false;  // for good
    std::optional<absl::StatusOr<Value>> result;
  };
  using FlightPtr = std::shared_ptr<Flight>;

  absl::StatusOr<Value> Lead(const Call& call, const Key& key, Work work, Abandoned abandoned,
                             Flight& flight) ABSL_LOCKS_EXCLUDED(mutex_) {
    const Call joint(absl::InfiniteFuture(), [&] { return IsAbandoned(call, flight); });
    absl::StatusOr<Value> result = work(joint);
    if (result.ok() && joint.cancelled()) {
      abandoned(*result);
    }
    {
      absl::MutexLock lock(&mutex_);
      flight.result = result;
      flights_.erase(key);
    }
    if (absl::IsCancelled(result.status())) {
      RETURN_IF_ERROR(call.Check());  // which says how this caller has gone
    }
    return result;
  }

  absl::Status AwaitResult(const Call& call, FlightPtr flight)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto landed = [&flight] { return flight->result.has_value(); };
    return Annotate(Await(mutex_, absl::Condition(&landed), call),
                    "waiting for the same request, which is in progress");
  }

  // `call` is the leader's.
  bool IsAbandoned(const Call& call, Flight& flight) ABSL_LOCKS_EXCLUDED(mutex_) {
    const bool gone = !call.Check().ok();  // which may take locks of its own
    absl::MutexLock lock(&mutex_);
    flight.abandoned = flight.abandoned || (gone && flight.followers == 0);
    return flight.abandoned;
  }

  absl::Mutex mutex_;
  std::map<Key, FlightPtr> flights_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth
