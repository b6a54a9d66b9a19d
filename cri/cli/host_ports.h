// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"

#include "proto/runtime/v1/api.pb.h"

namespace berth::cli {

namespace v1 = ::runtime::v1;

// AlreadyExists when a program of the host has one of `pod`'s host ports: the daemon knows of those
// of pods alone, and what comes later would take the port away from what is there.
absl::Status CheckHostPorts(const v1::PodSandboxConfig& pod);

}  // namespace berth::cli
