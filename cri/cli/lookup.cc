// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/lookup.h"

#include <algorithm>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/suggestion.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

using Targets = std::vector<Target>;

Target TargetOf(const v1::Container& container, const Inventory& inventory) {
  return {TargetKind::kContainer, container.id(),
          ContainerName(container, inventory.FindPod(container.pod_sandbox_id())),
          container.pod_sandbox_id()};
}

Target TargetOf(const v1::PodSandbox& pod) {
  return {TargetKind::kPod, pod.id(), pod.metadata().name(), pod.id()};
}

bool HasName(const v1::Container& container, const v1::PodSandbox* pod, absl::string_view name) {
  if (container.metadata().name() == name) {
    return true;
  }
  return pod != nullptr &&
         absl::StrCat(pod->metadata().name(), "/", container.metadata().name()) == name;
}

// The containers of that name, without earlier attempts of the same one.
Targets ContainersNamed(const Inventory& inventory, absl::string_view name) {
  Targets found;
  for (const v1::Container& container : inventory.containers) {
    if (!HasName(container, inventory.FindPod(container.pod_sandbox_id()), name)) {
      continue;
    }
    const bool earlier = std::any_of(found.begin(), found.end(), [&](const Target& newer) {
      return newer.pod_id == container.pod_sandbox_id();
    });
    if (!earlier) {
      found.push_back(TargetOf(container, inventory));
    }
  }
  return found;
}

Targets ContainersWithId(const Inventory& inventory, absl::string_view prefix) {
  Targets found;
  for (const v1::Container& container : inventory.containers) {
    if (absl::StartsWith(container.id(), prefix)) {
      found.push_back(TargetOf(container, inventory));
    }
  }
  return found;
}

Targets PodsNamed(const Inventory& inventory, absl::string_view name) {
  Targets found;
  for (const v1::PodSandbox& pod : inventory.pods) {
    if (pod.metadata().name() == name) {
      found.push_back(TargetOf(pod));
    }
  }
  return found;
}

Targets PodsWithId(const Inventory& inventory, absl::string_view prefix) {
  Targets found;
  for (const v1::PodSandbox& pod : inventory.pods) {
    if (absl::StartsWith(pod.id(), prefix)) {
      found.push_back(TargetOf(pod));
    }
  }
  return found;
}

absl::StatusOr<Target> TheOne(absl::string_view name, const Targets& found) {
  if (found.size() == 1) {
    return found.front();
  }
  const std::string list = absl::StrJoin(found, ", ", [](std::string* out, const Target& target) {
    absl::StrAppend(out, target.kind == TargetKind::kPod ? "pod " : "container ", target.name, " (",
                    ShortId(target.id), ")");
  });
  return absl::FailedPreconditionError(
      absl::StrCat("\"", name, "\" means several things: ", list, "; give more of the id"));
}

// The containers of a pod, without earlier attempts.
Targets ContainersIn(const Inventory& inventory, const Target& pod) {
  Targets found;
  for (const v1::Container* container : inventory.ContainersOf(pod.id)) {
    Target target = TargetOf(*container, inventory);
    const bool earlier = std::any_of(
        found.begin(), found.end(), [&](const Target& newer) { return newer.name == target.name; });
    if (!earlier) {
      found.push_back(std::move(target));
    }
  }
  return found;
}

// Where a container is wanted.
absl::StatusOr<Target> TheOneIn(const Inventory& inventory, const Target& pod) {
  const Targets found = ContainersIn(inventory, pod);
  if (found.size() == 1) {
    return found.front();
  }
  const auto name = [](std::string* out, const Target& target) {
    absl::StrAppend(out, target.name);
  };
  return absl::NotFoundError(absl::StrCat(pod.name, " is a pod",
                                          found.empty() ? " without containers" : "; say ",
                                          absl::StrJoin(found, " or ", name)));
}

// "; did you mean web?" where a container or pod is of a name like that.
std::string Hint(const Inventory& inventory, absl::string_view name,
                 std::optional<TargetKind> only) {
  std::vector<std::string> known;
  if (only != TargetKind::kPod) {
    for (const v1::Container& container : inventory.containers) {
      known.push_back(ContainerName(container, inventory.FindPod(container.pod_sandbox_id())));
    }
  }
  if (only != TargetKind::kContainer) {
    for (const v1::PodSandbox& pod : inventory.pods) {
      known.push_back(pod.metadata().name());
    }
  }
  return DidYouMean(Nearest(name, known));
}

std::string KindText(std::optional<TargetKind> only) {
  if (!only.has_value()) {
    return "container or pod";
  }
  return *only == TargetKind::kPod ? "pod" : "container";
}

}  // namespace

const v1::PodSandbox* Inventory::FindPod(absl::string_view id) const {
  const auto found = std::find_if(pods.begin(), pods.end(),
                                  [&](const v1::PodSandbox& pod) { return pod.id() == id; });
  return found == pods.end() ? nullptr : &*found;
}

std::vector<const v1::Container*> Inventory::ContainersOf(absl::string_view pod_id) const {
  std::vector<const v1::Container*> found;
  for (const v1::Container& container : containers) {
    if (container.pod_sandbox_id() == pod_id) {
      found.push_back(&container);
    }
  }
  return found;
}

std::string ContainerName(const v1::Container& container, const v1::PodSandbox* pod) {
  const std::string& name = container.metadata().name();
  if (pod == nullptr || pod->metadata().name() == name) {
    return name;
  }
  return absl::StrCat(pod->metadata().name(), "/", name);
}

bool IsNameTaken(const Inventory& inventory, absl::string_view name) {
  return !ContainersNamed(inventory, name).empty() || !PodsNamed(inventory, name).empty();
}

absl::StatusOr<Target> FindTarget(const Inventory& inventory, absl::string_view name,
                                  std::optional<TargetKind> only) {
  constexpr size_t kIdLength = 64;
  const bool containers = only != TargetKind::kPod;
  const bool pods = only != TargetKind::kContainer;
  const std::pair<bool, std::function<Targets()>> ways[] = {
      {containers && name.size() == kIdLength, [&] { return ContainersWithId(inventory, name); }},
      {pods && name.size() == kIdLength, [&] { return PodsWithId(inventory, name); }},
      {containers, [&] { return ContainersNamed(inventory, name); }},
      {pods, [&] { return PodsNamed(inventory, name); }},
      {containers && !name.empty(), [&] { return ContainersWithId(inventory, name); }},
      {pods && !name.empty(), [&] { return PodsWithId(inventory, name); }},
  };
  for (const auto& [applies, find] : ways) {
    const Targets found = applies ? find() : Targets();
    if (!found.empty()) {
      return TheOne(name, found);
    }
  }
  if (const Targets of_pod = pods ? Targets() : PodsNamed(inventory, name); of_pod.size() == 1) {
    return TheOneIn(inventory, of_pod.front());
  }
  return absl::NotFoundError(
      absl::StrCat("No such ", KindText(only), ": ", name, Hint(inventory, name, only),
                   "\n  `berth ", only == TargetKind::kPod ? "pods" : "ps -a", "` lists them"));
}

}  // namespace berth::cli
