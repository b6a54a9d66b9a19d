// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"

namespace berth::runtime {

// Makes things by name, once for all who ask for the same name while it is being made. Thread-safe.
class SharedCreation {
 public:
  // Returns the id of what was made.
  using Create = absl::FunctionRef<absl::StatusOr<std::string>(const Call&)>;

  // Runs `create`, or waits for the run in progress and returns its result. `create` gets a call
  // that ends when all who wait have gone; it runs on the thread of the first caller. When it
  // succeeds with nobody left to tell, `abandoned` gets the id. A caller whose own call ends while
  // it waits for another's run gets the status of that.
  absl::StatusOr<std::string> Run(const Call& call, const std::string& name, Create create,
                                  absl::FunctionRef<void(const std::string&)> abandoned);

 private:
  struct Flight {
    std::list<const Call*> waiting;
    std::optional<absl::StatusOr<std::string>> result;
  };
  using FlightPtr = std::shared_ptr<Flight>;

  absl::StatusOr<std::string> Follow(const Call& call, const FlightPtr& flight);
  bool AllGone(const Flight& flight) const;

  mutable absl::Mutex mutex_;
  std::map<std::string, FlightPtr> flights_ ABSL_GUARDED_BY(mutex_);  // by name
};

}  // namespace berth::runtime
