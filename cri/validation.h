// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"

#include "proto/runtime/v1/api.pb.h"

// What a request must be before anything is done with it: names, ids, sizes, counts, and the fields
// that no planner looks at. What a field means is checked once, where it is planned (runtime). A
// failure is InvalidArgument and names the field, unless it says otherwise. Pure.
namespace berth::cri {

namespace v1 = ::runtime::v1;

inline constexpr size_t kMaxNameLength = 253;  // a DNS subdomain, the longest of Kubernetes
inline constexpr size_t kMaxAnnotationsSize = 256 * 1024;  // as the API server limits them
inline constexpr size_t kMaxLabelsSize = 256 * 1024;
inline constexpr size_t kMaxIdLength = 64;
inline constexpr size_t kMaxForeignIdLength = 128;
inline constexpr int64_t kMaxUserId = 2147483647;
inline constexpr size_t kMaxDnsConfigSize = 64 * 1024;
inline constexpr size_t kMaxPathLength = 4095;
inline constexpr int kMaxMounts = 1024;
inline constexpr int kMaxDevices = 1024;
inline constexpr int kMaxPortMappings = 4096;
inline constexpr int64_t kMinMemoryLimit = 256 << 10;  // of a container; with less exec(2) fails
// What execve takes: command, args and environment together, and one string of them.
inline constexpr size_t kMaxArgumentsSize = 2 << 20;
inline constexpr size_t kMaxArgumentSize = 128 << 10;

// An id or a prefix of one: 1 to 64 hex digits. `field` is its name in the request.
absl::Status ValidateId(absl::string_view id, absl::string_view field);

// The same of what a container or a pod is looked up by. What is no id is the id of none: NotFound,
// as of any other; InvalidArgument where there is nothing.
absl::Status ValidateContainerId(absl::string_view id);
absl::Status ValidatePodId(absl::string_view id);

// What some runtime might call an object: 1 to 128 letters, digits, '-', '_' and '.', beginning
// with one of the first two. For calls in which an unknown id is no error, as with a UUID.
absl::Status ValidateForeignId(absl::string_view id, absl::string_view field);

// Without ".." and NUL, and no longer than paths are.
absl::Status ValidateAbsolutePath(absl::string_view path, absl::string_view field);

absl::Status ValidatePodConfig(const v1::PodSandboxConfig& config);
absl::Status ValidateContainerConfig(const v1::ContainerConfig& config);
// Of a container, also in an update; none is all right.
absl::Status ValidateMemoryLimit(const v1::LinuxContainerResources& resources);

// What to list. An empty id is no condition.
absl::Status ValidateFilter(const v1::PodSandboxFilter& filter);
absl::Status ValidateFilter(const v1::PodSandboxStatsFilter& filter);
absl::Status ValidateFilter(const v1::ContainerFilter& filter);
absl::Status ValidateFilter(const v1::ContainerStatsFilter& filter);

// What to exec: "cmd".
absl::Status ValidateCommand(const google::protobuf::RepeatedPtrField<std::string>& command);

// Networks in CIDR notation, joined by commas.
absl::Status ValidatePodCidr(absl::string_view cidr);

}  // namespace berth::cri
