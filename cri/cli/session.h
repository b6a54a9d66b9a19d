// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

#include "cri/cli/client.h"
#include "cri/cli/engine_client.h"
#include "cri/cli/exit_code.h"

namespace berth::cli {

struct Session {
  std::string address = kDefaultAddress;

  absl::StatusOr<Client> Connect() const { return Client::Connect(address); }
  absl::StatusOr<EngineClient> Engine() const {
    absl::StatusOr<std::string> path = EngineSocketPath(address);
    return path.ok() ? absl::StatusOr<EngineClient>(*std::move(path)) : path.status();
  }
};

// Returns the program's exit code, or why the verb failed.
using Action = std::function<absl::StatusOr<int>(const Session&)>;

// What the command line asked for.
struct Chosen {
  Action run;
  int failure_code = kExitFailure;
};

}  // namespace berth::cli
