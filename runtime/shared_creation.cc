// SPDX-License-Identifier: Apache-2.0
#include "runtime/shared_creation.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"

#include "base/status.h"

namespace berth::runtime {
namespace {

// How soon a cancelled caller is noticed: cancellation cannot wake a waiter.
constexpr absl::Duration kSlice = absl::Milliseconds(100);

}  // namespace

absl::StatusOr<std::string> SharedCreation::Run(
    const Call& call, const std::string& name, Create create,
    absl::FunctionRef<void(const std::string&)> abandoned) {
  FlightPtr flight;
  bool leads = false;
  {
    absl::MutexLock lock(&mutex_);
    FlightPtr& entry = flights_[name];
    leads = entry == nullptr;
    if (leads) {
      entry = std::make_shared<Flight>();
    }
    flight = entry;
    flight->waiting.push_back(&call);
  }
  if (!leads) {
    return Follow(call, flight);
  }
  absl::StatusOr<std::string> result =
      create(Call(absl::InfiniteFuture(), [this, flight] { return AllGone(*flight); }));
  if (result.ok() && AllGone(*flight)) {
    abandoned(*result);
  }
  absl::MutexLock lock(&mutex_);
  flights_.erase(name);
  flight->result = result;
  flight->waiting.remove(&call);
  return result;
}

bool SharedCreation::AllGone(const Flight& flight) const {
  absl::MutexLock lock(&mutex_);
  return std::all_of(flight.waiting.begin(), flight.waiting.end(),
                     [](const Call* call) { return !call->Check().ok(); });
}

absl::StatusOr<std::string> SharedCreation::Follow(const Call& call, const FlightPtr& flight) {
  absl::MutexLock lock(&mutex_);
  auto is_done = [&flight] { return flight->result.has_value(); };
  while (!is_done()) {
    if (absl::Status status = call.Check(); !status.ok()) {
      flight->waiting.remove(&call);
      return Annotate(status, "waiting for the same request, which is in progress");
    }
    mutex_.AwaitWithDeadline(absl::Condition(&is_done),
                             std::min(call.deadline(), absl::Now() + kSlice));
  }
  flight->waiting.remove(&call);
  return *flight->result;
}

}  // namespace berth::runtime
