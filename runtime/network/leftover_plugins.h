// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

namespace berth::runtime {

using PodIds = absl::flat_hash_set<std::string>;

// Whether a process with this environment (null-separated, as in /proc/<pid>/environ) is a CNI
// plugin at work for one of the pods, or a program that such a plugin runs. Pure.
bool IsPluginOf(const PodIds& pods, absl::string_view environment);

// EndLeftoverPrograms for plugins of these pods: one that ended its ADD after our DEL would leak
// what it was given.
void EndLeftoverPlugins(const PodIds& pods);

}  // namespace berth::runtime
