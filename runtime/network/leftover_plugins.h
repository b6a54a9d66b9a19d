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

// Lets the plugins that a daemon which was killed itself has left running for these pods finish for
// some seconds, kills the others, and waits until they are gone: one that ended its ADD after our
// DEL would leak what it was given. Those it cannot see or kill are logged. To be called before
// this process runs any plugin.
void EndLeftoverPlugins(const PodIds& pods);

}  // namespace berth::runtime
