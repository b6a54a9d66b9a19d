// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"

// What must be unique, as one string. Pure.
namespace berth::runtime {

namespace v1 = ::runtime::v1;

// (name, namespace, uid, attempt). Different tuples never give the same string.
std::string PodNameKey(const v1::PodSandboxMetadata& metadata);

// (pod, name, attempt).
std::string ContainerNameKey(absl::string_view pod_id, const v1::ContainerMetadata& metadata);

// True for what RandomId makes: 64 lowercase hex digits. Only such names in our directories and
// cgroups are ours.
bool IsObjectId(absl::string_view name);

}  // namespace berth::runtime
