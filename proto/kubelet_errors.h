// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an error's message begins with so that the kubelet knows the cause and tells its users. It
// looks at errors with the gRPC code Unknown only: whoever fails says the code that is true, and
// cri/grpc_status sends Unknown for a message that begins with one of these.
namespace berth {

inline constexpr char kRegistryUnavailable[] = "RegistryUnavailable";
inline constexpr char kRecursiveReadOnlyUnsupported[] = "RROUnsupported";
inline constexpr char kImageVolumeMountFailed[] = "ImageVolumeMountFailed";

}  // namespace berth
