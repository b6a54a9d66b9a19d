// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "cri/engine_api/engine_error.h"
#include "cri/engine_api/routes.h"

namespace berth::cri {
namespace {

constexpr int kUnavailable = 503;  // what a Docker that is in no swarm answers

void RefuseSwarm(Exchange& exchange) {
  const absl::Status status = absl::UnavailableError(
      "This node is not a swarm manager. Berth has no swarm: orchestrate with Kubernetes.");
  exchange.Send(kUnavailable, {{"Content-Type", "application/json"}}, ErrorBody(status) + "\n");
}

}  // namespace

void AddRefusals(Router& router) {
  for (const char* method : {"GET", "POST", "DELETE"}) {
    for (const char* part : {"swarm", "nodes", "services", "tasks", "secrets", "configs"}) {
      for (const std::string& pattern : {absl::StrCat("/", part), absl::StrCat("/", part, "/*")}) {
        router.Add(method, pattern, [](Exchange& exchange, const std::string&) {
          RefuseSwarm(exchange);
          return absl::OkStatus();
        });
      }
    }
    for (const char* pattern : {"/plugins", "/plugins/*"}) {
      router.Add(method, pattern, [](Exchange&, const std::string&) {
        return absl::UnimplementedError("Berth has no plugins of Docker's");
      });
    }
  }
}

}  // namespace berth::cri
