// SPDX-License-Identifier: Apache-2.0
#include "base/sys/user_namespace.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>

#include "base/sys/file.h"
#include "base/sys/namespace.h"
#include "base/sys/process.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {

sys::Result OwnNewFiles(Launch& launch) {
  if (!launch.pod.has_user_namespace()) {
    return sys::Done{};
  }
  const uint32_t root = launch.pod.HostId(0);
  SYS_RETURN_IF_ERROR(sys::SetFileOwner(root, root));
  return sys::SetParentDeathSignal(SIGKILL);  // which that has cleared
}

sys::Result JoinUserNamespace(Launch& launch) {
  if (!launch.pod.has_user_namespace()) {
    return sys::Done{};
  }
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(launch.pod.user_namespace.get(), CLONE_NEWUSER));
  if (launch.plan == nullptr) {
    return sys::Done{};  // an exec is in the container's mount namespace
  }
  SYS_RETURN_IF_ERROR(sys::UnshareNamespaces(CLONE_NEWNS));
  SYS_ASSIGN_OR_RETURN(launch.root, sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  if (launch.plan->root_propagation == MS_SHARED) {  // it has become a slave
    SYS_RETURN_IF_ERROR(sys::SetMountAttributes(launch.root.get(), 0, 0, MS_SHARED, false));
  }
  return ReopenTerminal(launch);
}

}  // namespace berth::shim::steps
