// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"

#include "base/call.h"
#include "cri/call_budget.h"
#include "metrics/metrics.h"

namespace berth::cri {

// For what takes back the work of a call that failed: its own deadline may have passed.
inline constexpr absl::Duration kUndoTimeout = absl::Seconds(20);

// Runs one RPC: gives `body` the client's deadline and cancellation as a Call, counts and times it
// under `method`, maps the status, and logs a failure once. Every handler goes through here.
grpc::Status ServeRpc(absl::string_view method, grpc::ServerContext* context,
                      metrics::Metrics& metrics, absl::FunctionRef<absl::Status(const Call&)> body);

// The same for one of a slow kind, within the budget of that kind.
grpc::Status ServeSlowRpc(absl::string_view method, grpc::ServerContext* context,
                          metrics::Metrics& metrics, CallBudget& budget,
                          absl::FunctionRef<absl::Status(const Call&)> body);

}  // namespace berth::cri
