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

std::string CodeName(const grpc::Status& status) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
}

// With the whole message, of which the client may get the beginning only.
void LogOutcome(absl::string_view method, const absl::Status& status, const std::string& code,
                absl::Duration took) {
  const std::string seconds = absl::StrCat(absl::ToDoubleSeconds(took));
  if (status.ok()) {
    LogDebug("rpc", {{"method", method}, {"seconds", seconds}});
  } else {
    LogWarning(
        "rpc failed",
        {{"method", method}, {"code", code}, {"error", status.message()}, {"seconds", seconds}});
  }
}

}  // namespace

grpc::Status ServeRpc(absl::string_view method, grpc::ServerContext* context,
                      metrics::Metrics& metrics,
                      absl::FunctionRef<absl::Status(const Call&)> body) {
  const absl::Time start = absl::Now();
  const absl::Status status = body(CallOf(context));
  const absl::Duration took = absl::Now() - start;
  grpc::Status answer = ToGrpcStatus(status);
  const std::string name(method), code = CodeName(answer);
  metrics.rpcs.Add({{"method", name}, {"code", code}}).Increment();
  metrics.rpc_seconds.Add({{"method", name}}, metrics::LatencyBuckets())
      .Observe(absl::ToDoubleSeconds(took));
  LogOutcome(method, status, code, took);
  return answer;
}

grpc::Status ServeSlowRpc(absl::string_view method, grpc::ServerContext* context,
                          metrics::Metrics& metrics, CallBudget& budget,
                          absl::FunctionRef<absl::Status(const Call&)> body) {
  return ServeRpc(method, context, metrics,
                  [&](const Call& call) { return budget.Run([&] { return body(call); }); });
}

grpc::Status RefuseRpc(absl::string_view method, grpc::ServerContext* context,
                       metrics::Metrics& metrics) {
  return ServeRpc(method, context, metrics, [&](const Call&) {
    return absl::UnimplementedError(absl::StrCat("berth does not implement ", method, " yet"));
  });
}

}  // namespace berth::cri
