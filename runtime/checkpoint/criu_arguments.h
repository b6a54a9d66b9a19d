// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "runtime/checkpoint/saved_container.h"

// CRIU's command lines. Pure.
namespace berth::runtime {

// By what name it knows the pod's network namespace, which it leaves alone.
inline constexpr char kCriuNetworkKey[] = "berth-net";

struct CriuDump {
  int pid = 0;               // the container's first process
  std::string directory;     // for its log; its images go into checkpoint/ in it
  std::string freezer = {};  // the container's cgroup, where there is a freezer
  std::string network = {};  // inode of the network namespace that CRIU leaves alone; empty: none
};

std::vector<std::string> DumpArguments(const std::string& criu, const CriuDump& dump,
                                       const SavedContainer& saved);

// The last error lines of a log of CRIU's, without their times and places, bounded; empty when
// there are none.
std::string CriuErrors(absl::string_view log);

// Whether it says that CRIU cannot work on this kernel at all.
bool LacksKernel(absl::string_view log);

}  // namespace berth::runtime
