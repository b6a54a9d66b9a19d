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

const prometheus::Histogram::BucketBoundaries& LatencyBuckets() {
  static const auto& buckets = *new prometheus::Histogram::BucketBoundaries{
      0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 120};
  return buckets;
}

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
  metrics.rpc_seconds.Add({{"method", name}}, LatencyBuckets())
      .Observe(absl::ToDoubleSeconds(took));
  LogOutcome(method, status, took);
  return ToGrpcStatus(status);
}

}  // namespace berth::cri
