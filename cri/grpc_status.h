// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace berth::cri {

inline constexpr size_t kMaxErrorMessage = 1024;  // it travels in an HTTP/2 header

// The only place where an absl::Status becomes a gRPC one: the same code, the message on one line
// and cut at kMaxErrorMessage. A NotFound, AlreadyExists or PermissionDenied that the kernel
// reported is about a file of ours and leaves as Internal, because the kubelet acts on NotFound. A
// message that begins with one of proto/kubelet_errors.h leaves as Unknown, since the kubelet
// recognises it with that code only.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace berth::cri
