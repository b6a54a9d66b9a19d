// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/call.h"
#include "runtime/runtime_context.h"

// What no record knows. Looks only where this daemon's own directories point, never at another
// daemon's cgroups or networks. A failure is logged and the thing left for the next start.
namespace berth::runtime {

// Entries of a directory that are named like a pod or container; none when it is not there.
std::vector<std::string> ObjectsIn(const std::string& directory);

// Directories of pods without a record: their shims, cgroups and files go.
void RemoveStrayPods(RuntimeContext& context, const Call& call);

// Cgroups below the pod's that no container has.
void RemoveStrayCgroups(RuntimeContext& context, const Call& call, const Pod& pod);

// Attachments of pods that are not on record, or have been detached.
void RemoveStrayAttachments(RuntimeContext& context, const Call& call);

}  // namespace berth::runtime
