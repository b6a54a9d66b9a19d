// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runtime/cgroup/figures.h"
#include "runtime/process_census.h"

namespace berth::runtime {

// All that is counted of a container or of a pod as a whole.
struct Figures {
  std::string cgroup_path;  // relative to the hierarchies
  CgroupFigures cgroup;
  std::optional<ProcessCounts> processes;  // of a container, counted not long ago
};

}  // namespace berth::runtime
