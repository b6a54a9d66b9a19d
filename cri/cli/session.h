// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "cri/cli/client.h"
#include "cri/cli/engine_client.h"

namespace berth::cli {

struct Session {
  std::string address = kDefaultAddress;

  absl::StatusOr<Client> Connect() const { return Client::Connect(address); }
  absl::StatusOr<EngineClient> Engine() const {
    absl::StatusOr<std::string> path = EngineSocketPath(address);
    return path.ok() ? absl::StatusOr<EngineClient>(*std::move(path)) : path.status();
  }
};

}  // namespace berth::cli
