// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "cri/cli/client.h"
#include "cri/cli/engine_client.h"

namespace berth::cli {

// The daemon that a command line speaks to. Thread-safe, but for `address`.
struct Session {
  Session() = default;
  explicit Session(std::string daemon) : address(std::move(daemon)) {}

  absl::StatusOr<Client> Connect() const { return Client::Connect(address); }

  // Where that daemon serves the Engine API, by its own word (the key docker.address), of which it
  // is asked once; docker.sock beside its own socket where it does not say. Empty: it serves none.
  absl::StatusOr<std::string> EngineSocket() const;
  // Unavailable where it serves none.
  absl::StatusOr<EngineClient> Engine() const;

  std::string address = kDefaultAddress;

 private:
  mutable absl::Mutex mutex_;
  mutable std::optional<std::string> engine_socket_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::cli
