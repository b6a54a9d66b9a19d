// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/json.h"
#include "runtime/pod_runtime.h"

// --ulimit of containers and of the steps of builds. Pure; InvalidArgument in Docker's words.
namespace berth::cri {

struct UlimitSpec {
  std::string name;  // "nofile"
  int64_t soft = 0;  // -1: any
  int64_t hard = 0;
};

// [{"Name": "nofile", "Soft": 1024, "Hard": 2048}]; `path` is what errors call it.
absl::StatusOr<std::vector<UlimitSpec>> ParseUlimits(const Json& ulimits, const std::string& path);

// InvalidArgument for a name that is none.
absl::StatusOr<runtime::Rlimit> PlanUlimit(const UlimitSpec& limit);

}  // namespace berth::cri
