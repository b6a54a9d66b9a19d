// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"

// From what a person types to the container or pod that is meant. Pure.
namespace berth::cli {

namespace v1 = ::runtime::v1;

// Marks a pod that `berth run` made: it goes with its last container.
inline constexpr char kRunLabel[] = "berth.run";

enum class TargetKind { kContainer, kPod };

struct Target {
  TargetKind kind = TargetKind::kContainer;
  std::string id;
  std::string name;    // for messages: of a container as ContainerName says it
  std::string pod_id;  // of a pod the same as id
};

// All that there is, as the daemon lists it.
struct Inventory {
  std::vector<v1::Container> containers;  // newest first
  std::vector<v1::PodSandbox> pods;

  const v1::PodSandbox* FindPod(absl::string_view id) const;
  std::vector<const v1::Container*> ContainersOf(absl::string_view pod_id) const;
};

// "web" when the pod is of the same name (as `berth run` makes them), else "pod/container".
std::string ContainerName(const v1::Container& container, const v1::PodSandbox* pod);

// Whether a container or a pod has that name, or several have.
bool IsNameTaken(const Inventory& inventory, absl::string_view name);

// What `name` means, by the first of these that fits: a whole id, a container's name,
// "pod/container", a pod's name, the beginning of an id. Of several attempts of one container the
// newest counts. With `only`, things of the other kind are not considered, but where a container is
// wanted a pod's name means its only one. NotFound, with the name that may have been meant;
// FailedPrecondition when it means several things, naming them.
absl::StatusOr<Target> FindTarget(const Inventory& inventory, absl::string_view name,
                                  std::optional<TargetKind> only = std::nullopt);

}  // namespace berth::cli
