// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/json.h"
#include "runtime/spec/host_facts.h"
#include "runtime/spec/seccomp_profile.h"

namespace berth::runtime::oci {

// SCMP_ACT_ERRNO and so on.
const char* ActionName(SeccompAction action);

// The member "linux.seccomp" of a config.json: the profile for this machine and a process that has
// `capabilities`, its conditions decided. Pure.
Json SeccompSection(const SeccompProfile& profile, const HostFacts& facts, uint64_t capabilities);

}  // namespace berth::runtime::oci
