// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/json.h"
#include "runtime/plan/launch_plan.h"

// A process as the OCI's runtime specification writes it. Pure.
namespace berth::runtime::oci {

// The member "process" of a config.json. It has no filter: that is the container's.
Json ProcessSection(const ProcessPlan& process);

// The file that `exec --process` reads.
std::string FormatProcess(const ProcessPlan& process);

}  // namespace berth::runtime::oci
