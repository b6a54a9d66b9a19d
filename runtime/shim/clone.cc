// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/clone.h"

#include <sched.h>
#include <signal.h>

#include "base/sys/namespace.h"

namespace berth::shim {

sys::ErrnoOr<sys::ClonedProcess> CloneInPidNamespace(const Pod& pod, int namespace_of,
                                                     const sys::CloneRequest& request) {
  if (namespace_of < 0) {
    return sys::CloneProcess(request);
  }
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(namespace_of, CLONE_NEWPID));
  sys::ErrnoOr<sys::ClonedProcess> cloned = sys::CloneProcess(request);
  if (cloned.ok() && cloned->pid == 0) {
    return cloned;
  }
  sys::Result back = sys::EnterNamespaces(pod.own_pid_namespace.get(), CLONE_NEWPID);
  if (!back.ok()) {
    if (cloned.ok()) {
      (void)sys::SignalProcess(cloned->pidfd.get(), SIGKILL);  // reaped like any other child
    }
    return back.error();
  }
  return cloned;
}

}  // namespace berth::shim
