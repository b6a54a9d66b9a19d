// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/cdi/spec_directories.h"
#include "runtime/spec/container_extras.h"
#include "runtime/spec/host_facts.h"

namespace berth::cdi {

namespace v1 = ::runtime::v1;

inline constexpr size_t kMaxContainerDevices = 1024;  // by name, of one container
inline constexpr char kAnnotationPrefix[] = "cdi.k8s.io/";

// The names of the devices that a container asks for, each once: cdi_devices, then what the
// annotations with the prefix list, separated by commas. InvalidArgument for what is no name. Pure.
absl::StatusOr<std::vector<std::string>> RequestedDevices(const v1::ContainerConfig& config);

// Makes what the specifications say of these devices part of what the container asks for: its
// environment and mounts in `config`, the rest in `extras`. The edits of a specification come once,
// before those of its first device. What is not said of a device node is as on the host.
// InvalidArgument for what contradicts the host; FailedPrecondition, by name, for what Berth cannot
// do.
absl::Status Inject(const std::vector<FoundDevice>& devices, runtime::HostFiles& host,
                    v1::ContainerConfig& config, runtime::ContainerExtras& extras);

}  // namespace berth::cdi
