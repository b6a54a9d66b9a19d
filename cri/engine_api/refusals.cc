// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "cri/engine_api/engine_error.h"
#include "cri/engine_api/routes.h"

namespace berth::cri {
namespace {

constexpr int kUnavailable = 503;  // what a Docker that is in no swarm answers

constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "PUT", "DELETE"};

void RefuseSwarm(Exchange& exchange) {
  const absl::Status status = absl::UnavailableError(
      "This node is not a swarm manager. Berth has no swarm: orchestrate with Kubernetes.");
  SendError(exchange, kUnavailable, status);
}

// Docker's client goes on with the next kind of object where it reads "not supported".
absl::Status NotYet(Exchange& exchange, const std::string&) {
  return absl::UnimplementedError(absl::StrCat(
      exchange.request().method, " ", exchange.request().path, " is not supported by Berth yet"));
}

// What docker build asks for by default.
absl::Status RefuseBuildKit(Exchange&, const std::string&) {
  return absl::UnimplementedError(
      "BuildKit is not supported by Berth, which builds itself: set DOCKER_BUILDKIT=0");
}

}  // namespace

void AddRefusals(Router& router) {
  for (const char* method : kMethods) {
    for (const char* part : {"swarm", "nodes", "services", "tasks", "secrets", "configs"}) {
      for (const std::string& pattern : {absl::StrCat("/", part), absl::StrCat("/", part, "/*")}) {
        router.Add(method, pattern, [](Exchange& exchange, const std::string&) {
          RefuseSwarm(exchange);
          return absl::OkStatus();
        });
      }
    }
    for (const char* pattern : {"/containers/*", "/build", "/build/*", "/system/*"}) {
      router.Add(method, pattern, NotYet);
    }
    for (const char* pattern : {"/session", "/grpc"}) {
      router.Add(method, pattern, RefuseBuildKit);
    }
  }
  router.Add("GET", "/plugins", [](Exchange& exchange, const std::string&) {
    exchange.SendJson(Json::array());
    return absl::OkStatus();
  });
  router.Add("GET", "/plugins/*", [](Exchange&, const std::string& name) {
    return absl::NotFoundError(absl::StrCat("plugin \"", name, "\" not found"));
  });
}

}  // namespace berth::cri
