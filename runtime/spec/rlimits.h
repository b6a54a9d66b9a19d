// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "runtime/plan/launch_plan.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

// The CRI has no resource limits yet, so every container gets the same: what systemd gives a
// service for open files (programs that need more raise it), no limit on processes (cgroups have
// one) and on core files; `extra` comes in place of these. All others are the daemon's own.
std::vector<Rlimit> PlanRlimits(const HostFacts& facts, const std::vector<Rlimit>& extra = {});

}  // namespace berth::runtime
