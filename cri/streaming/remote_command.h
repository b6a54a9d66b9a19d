// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "cri/streaming/command_client.h"
#include "cri/streaming/session.h"
#include "cri/streaming/stream_request.h"

namespace berth::cri {

// Connects a client's channels with a new process in a container, or with a container's own first
// process, until that ends or the client leaves: then the new process is killed, and a container
// goes on.
std::shared_ptr<Session> MakeRemoteExec(const StreamingContext& context, ExecStreams request,
                                        std::unique_ptr<CommandClient> client);
std::shared_ptr<Session> MakeRemoteAttach(const StreamingContext& context, AttachStreams request,
                                          std::unique_ptr<CommandClient> client);

}  // namespace berth::cri
