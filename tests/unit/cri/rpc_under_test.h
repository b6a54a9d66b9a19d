// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>

#include "gmock/gmock.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"

namespace berth::cri {

// Calls one handler of `service` without a server, as a client without a deadline.
template <typename Service, typename Request, typename Response>
grpc::Status Ask(Service& service,
                 grpc::Status (Service::*method)(grpc::ServerContext*, const Request*, Response*),
                 const Request& request, Response* response = nullptr) {
  grpc::ServerContext context;
  Response unread;
  return (service.*method)(&context, &request, response == nullptr ? &unread : response);
}

MATCHER(IsGrpcOk, negation ? "is an error" : "is OK") {
  *result_listener << arg.error_code() << ": " << arg.error_message();
  return arg.ok();
}

MATCHER_P2(IsGrpcError, code, message, "has the code and its message matches") {
  *result_listener << arg.error_code() << ": " << arg.error_message();
  return arg.error_code() == code &&
         ::testing::ExplainMatchResult(message, arg.error_message(), result_listener);
}

}  // namespace berth::cri
