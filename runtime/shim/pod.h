// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/plan/shim_protocol.h"
#include "runtime/shim/path_buffer.h"

namespace berth::shim {

// What was being done when it failed, and how.
struct Failure {
  runtime::LaunchStep step = runtime::LaunchStep::kNone;
  int error = 0;
  uint32_t item = 0;

  bool happened() const { return step != runtime::LaunchStep::kNone; }
};

// The pod as the shim holds it once its namespaces are made.
struct Pod {
  PathBuffer root;           // where a container's root is attached, in its own mount namespace
  PathBuffer shm_directory;  // the path that means the pod's shared memory; empty: there is none
  sys::Fd exits;             // directory of exit records
  sys::Fd shared_memory;     // mount namespace whose only mount is the pod's /dev/shm
  sys::Fd user_namespace;    // owns the pod's other namespaces; not open: the host's
  runtime::IdRange ids;      // of it
  pid_t init_pid = 0;        // of the shared PID namespace; 0: there is none
  sys::Fd init;              // its pidfd

  bool has_user_namespace() const { return user_namespace.is_open(); }
  // Of the host's, what a container knows as `id`.
  uint32_t HostId(uint32_t id) const { return ids.first + id; }
};

// Makes the calling process the shim of a pod: joins its cgroups, unshares and sets up its
// namespaces. `pod` is filled in. Allocates, but keeps nothing allocated.
Failure SetUpPod(const runtime::PodPlan& plan, Pod& pod);

}  // namespace berth::shim
