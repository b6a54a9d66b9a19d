// SPDX-License-Identifier: Apache-2.0
#include "cri/rpc.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/log.h"
#include "cri/grpc_status.h"

namespace berth::cri {
namespace {

Call CallOf(grpc::ServerContext* context) {
  return Call(absl::FromChrono(context->deadline()), [context] { return context->IsCancelled(); });
}

void LogOutcome(absl::string_view method, const absl::Status& status, absl::Duration took) {
  const std::string seconds = absl::StrCat(absl::ToDoubleSeconds(took));
  if (status.ok()) {
    LogDebug("rpc", {{"method", method}, {"seconds", seconds}});
  } else {
    LogWarning("rpc failed", {{"method", method},
                              {"code", absl::StatusCodeToString(status.code())},
                              {"error", status.message()},
                              {"seconds", seconds}});
  }
}

}  // namespace

grpc::Status ServeRpc(absl::string_view method, grpc::ServerContext* context,
                      metrics::Metrics& metrics,
                      absl::FunctionRef<absl::Status(const Call&)> body) {
  const absl::Time start = absl::Now();
  const absl::Status status = body(CallOf(context));
  const absl::Duration took = absl::Now() - start;
  const std::string name(method);
  metrics.rpcs.Add({{"method", name}, {"code", absl::StatusCodeToString(status.code())}})
      .Increment();
  metrics.rpc_seconds.Add({{"method", name}}, metrics::LatencyBuckets())
      .Observe(absl::ToDoubleSeconds(took));
  LogOutcome(method, status, took);
  return ToGrpcStatus(status);
}

}  // namespace berth::cri
