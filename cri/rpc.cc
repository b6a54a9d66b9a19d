// SPDX-License-Identifier: Apache-2.0
#include "cri/rpc.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "grpc/support/time.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/sys/clock.h"
#include "cri/grpc_status.h"

namespace berth::cri {
namespace {

// To tell whether a call is cancelled takes gRPC some 15 microseconds, and a pull asks before each
// of a layer's files: for a tenth of kCallPeriod the last answer stands. Thread-safe.
class Cancellation {
 public:
  explicit Cancellation(grpc::ServerContext* context) : context_(context) {}

  bool Seen() {
    const int64_t now = sys::MonotonicTime();
    if (now >= ask_at_.load(std::memory_order_relaxed)) {
      ask_at_.store(now + absl::ToInt64Nanoseconds(kCallPeriod / 10), std::memory_order_relaxed);
      if (context_->IsCancelled()) {
        seen_.store(true, std::memory_order_relaxed);
      }
    }
    return seen_.load(std::memory_order_relaxed);
  }

 private:
  grpc::ServerContext* const context_;
  std::atomic<int64_t> ask_at_ = 0;
  std::atomic<bool> seen_ = false;
};

Call CallOf(grpc::ServerContext* context) {
  // gRPC has it by the monotonic clock; context->deadline() is by the wall clock.
  const gpr_timespec deadline =
      gpr_convert_clock_type(context->raw_deadline(), GPR_CLOCK_MONOTONIC);
  return Call(
      absl::TimeFromTimespec({deadline.tv_sec, deadline.tv_nsec}),
      [cancellation = std::make_shared<Cancellation>(context)] { return cancellation->Seen(); });
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
  const absl::Time start = SteadyNow();
  const absl::Status status = body(CallOf(context));
  const absl::Duration took = SteadyNow() - start;
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

}  // namespace berth::cri
