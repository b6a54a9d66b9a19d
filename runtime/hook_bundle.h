// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

inline constexpr size_t kMaxHookOutput = 1024;  // of a hook that failed, in the error

// The OCI bundle of a container with hooks: a directory with config.json, where they look for the
// container's root. It is there while the container starts; what is left of it when the daemon
// dies goes with the pod's directory.
class HookBundle {
 public:
  // Makes nothing where the plan has no hooks.
  static absl::StatusOr<HookBundle> Make(absl::string_view encoded_plan);
  HookBundle(HookBundle&& other) noexcept : directory_(std::exchange(other.directory_, {})) {}
  HookBundle& operator=(HookBundle&&) = delete;
  HookBundle(const HookBundle&) = delete;
  HookBundle& operator=(const HookBundle&) = delete;
  ~HookBundle();

  // What the last hook has said, its end if it was long, on one line.
  std::string Output() const;

 private:
  explicit HookBundle(std::string directory) : directory_(std::move(directory)) {}
  std::string directory_;  // empty: none
};

}  // namespace berth::runtime
