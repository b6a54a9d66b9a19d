// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "base/status.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

grpc::Status RuntimeService::ExecSync(grpc::ServerContext* context,
                                      const v1::ExecSyncRequest* request,
                                      v1::ExecSyncResponse* response) {
  return ServeSlowRpc("ExecSync", context, metrics_, execs_, [&](const Call& call) -> absl::Status {
    RETURN_IF_ERROR(ValidateContainerId(request->container_id()));
    RETURN_IF_ERROR(ValidateCommand(request->cmd()));
    if (request->timeout() < 0) {
      return absl::InvalidArgumentError("timeout: must not be negative");
    }
    const std::vector<std::string> command(request->cmd().begin(), request->cmd().end());
    ASSIGN_OR_RETURN(runtime::ExecResult result,
                     runtime_.ExecSync(call, request->container_id(), command,
                                       absl::Seconds(request->timeout())));
    response->set_stdout(std::move(result.out));
    response->set_stderr(std::move(result.err));
    response->set_exit_code(result.exit_code);
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
