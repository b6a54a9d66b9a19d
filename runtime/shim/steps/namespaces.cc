// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>

#include "base/sys/file.h"
#include "base/sys/namespace.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {

sys::Result EnterOwnNamespaces(Launch& launch) {
  SYS_RETURN_IF_ERROR(sys::NewSession());
  umask(0);  // modes are the plan's until the process is its own
  // Not at the clone: the namespace's root is the cgroup that its maker is in, which is ours only
  // now.
  return launch.plan->cgroup_namespace ? sys::UnshareNamespaces(CLONE_NEWCGROUP)
                                       : sys::Result(sys::Done{});
}

sys::Result EnterContainerNamespaces(Launch& launch) {
  SYS_RETURN_IF_ERROR(sys::NewSession());
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(launch.container, CLONE_NEWNS | CLONE_NEWCGROUP));
  SYS_ASSIGN_OR_RETURN(launch.root, sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  return sys::Done{};
}

sys::Result StopPropagation(Launch&) {
  SYS_ASSIGN_OR_RETURN(sys::Fd top, sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY));
  return sys::SetMountAttributes(top.get(), 0, 0, MS_SLAVE, true);
}

}  // namespace berth::shim::steps
