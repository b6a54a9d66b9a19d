// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/namespaces.h"

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::runtime {
namespace {

absl::Status CheckPodOrNode(v1::NamespaceMode mode, absl::string_view field) {
  if (mode != v1::POD && mode != v1::NODE) {
    return absl::InvalidArgumentError(
        absl::StrCat("namespace_options.", field, " of a pod must be POD or NODE"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPodNamespaces(const v1::NamespaceOption& options) {
  RETURN_IF_ERROR(CheckPodOrNode(options.network(), "network"));
  RETURN_IF_ERROR(CheckPodOrNode(options.ipc(), "ipc"));
  if (options.pid() == v1::TARGET || !v1::NamespaceMode_IsValid(options.pid())) {
    return absl::InvalidArgumentError(
        "namespace_options.pid of a pod must be POD, CONTAINER or NODE");
  }
  return absl::OkStatus();
}

absl::StatusOr<PidNamespace> PlanPidNamespace(const v1::NamespaceOption& pod,
                                              const v1::NamespaceOption& container) {
  switch (container.pid()) {
    case v1::POD:
      if (pod.pid() == v1::NODE) {
        return PidNamespace::kHost;
      }
      return pod.pid() == v1::POD ? PidNamespace::kPod : PidNamespace::kPrivate;
    case v1::CONTAINER:
      return PidNamespace::kPrivate;
    case v1::NODE:
      return PidNamespace::kHost;
    case v1::TARGET:
      return PidNamespace::kTarget;
    default:
      return absl::InvalidArgumentError("namespace_options.pid is unknown");
  }
}

}  // namespace berth::runtime
