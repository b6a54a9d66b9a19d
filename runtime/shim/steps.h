// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"
#include "base/sys/mount.h"
#include "base/sys/terminal.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/shim/own_filesystems.h"
#include "runtime/shim/pod.h"

namespace berth::shim {

// What a container's process is given for 0, 1 and 2. Not open: the terminal.
struct StandardFds {
  int in = -1;
  int out = -1;
  int err = -1;
};

// One process on its way from clone to exec. It is a copy of the shim that may allocate and block;
// what it owns ends with it or at exec.
struct Launch {
  const Pod& pod;
  const runtime::ProcessPlan& process;
  const runtime::ProgramPlan& program;
  const runtime::LaunchPlan* plan = nullptr;  // null for an exec
  std::span<const char* const> cgroups = {};
  int pid_namespace = -1;  // pidfd of a process whose namespace is joined; see launch.cc
  int report = -1;         // socket to the shim
  StandardFds stdio = {};

  sys::Fd root = {};              // what is or becomes "/"
  sys::DetachedMount stage = {};  // of a program: where root and mounts are found by it
  sys::DetachedMount proc = {};   // of the PID namespace that a container joins
  OwnFilesystems own = {};        // attached so far
  std::vector<sys::DetachedMount> sources =
      {};                    // of plan->mounts; not open where there is none yet
  sys::Fd null_device = {};  // the host's /dev/null
  sys::Terminal terminal = {};
  uint32_t item = 0;  // index of what is being worked on, for the report
};

inline constexpr mode_t kUsualUmask = 022;  // of programs

// One function a step, in the order in which a launch takes them. Each returns the error that is
// reported with the step's name. Paths of the container are only ever resolved inside
// `root`, because an image or a volume may hold any link.
namespace steps {

// Ends by reading where the kernel has put the process: a write that was accepted is no proof.
sys::Result JoinCgroups(Launch& launch);
sys::Result SetOomScore(Launch& launch);
// On the way out of the shim: AppArmor and SELinux take effect at exec.
sys::Result SetSecurityLabel(Launch& launch);

// Of PID namespaces both only set where children will be.
sys::Result EnterOwnNamespaces(Launch& launch);        // of a container's first process
sys::Result EnterContainerNamespaces(Launch& launch);  // of an exec; sets `root`

// Clones what the plan mounts from the host, while the mount namespace still is a copy of the
// host's with its peer groups; only then does nothing propagate from here to the host any more.
sys::Result CloneSources(Launch& launch);
sys::Result StopPropagation(Launch& launch);
// From here on what is made belongs to the root of the pod's user namespace, if it has one.
sys::Result OwnNewFiles(Launch& launch);
sys::Result MakeOverlays(Launch& launch);
sys::Result MountRoot(Launch& launch);
sys::Result MountDev(Launch& launch);
sys::Result AttachMounts(Launch& launch);
sys::Result MakeDevices(Launch& launch);
sys::Result MakeSymlinks(Launch& launch);
// Makes read-only what links had to be made in first, and lets go of `sources`.
sys::Result CloseMounts(Launch& launch);
sys::Result OpenTerminal(Launch& launch);  // and hands the master to the shim
sys::Result BindConsole(Launch& launch);
// In the mount namespace of the calling process, where its standard streams have a path.
sys::Result ReopenTerminal(Launch& launch);
// Each runs in the container's namespaces but for a user namespace, with our privileges, and sees
// the host's tree. Where others are in the PID namespace it stays in the shim's: see launch.cc.
sys::Result RunHooks(Launch& launch);
sys::Result MaskPaths(Launch& launch);
sys::Result MakePathsReadOnly(Launch& launch);
// While the root still can be written to.
sys::Result EnsureWorkingDirectory(Launch& launch);
sys::Result ChangeRoot(Launch& launch);

// Of a program that starts the process. It sees the host, with the root and the mounts on a stage.
sys::Result StartProgramSession(Launch& launch);
sys::Result NarrowView(Launch& launch);
sys::Result MakeStage(Launch& launch);
sys::Result StageMounts(Launch& launch);
sys::Result StageNamespaces(Launch& launch);
// Where the program sends the terminal that it makes; the shim gets what listens.
sys::Result OpenConsole(Launch& launch);
sys::Result EnterProgramDirectory(Launch& launch);

sys::Result SetStandardFds(Launch& launch);
// To raise one takes a capability over the node.
sys::Result RaiseRlimits(Launch& launch);
// With all of its capabilities, but from now on only over what the pod has. A container's mounts
// become those of a mount namespace that the user namespace owns, which locks them together.
sys::Result JoinUserNamespace(Launch& launch);
sys::Result ChangeDirectory(Launch& launch);
// All but the standard three and `report`.
sys::Result CloseDescriptors(Launch& launch);
// Of open files fewer may be allowed than a launch has.
sys::Result SetRlimits(Launch& launch);

// Without no_new_privs a filter needs CAP_SYS_ADMIN, so it is loaded before capabilities go.
sys::Result LoadSeccompPrivileged(Launch& launch);
sys::Result LimitCapabilities(Launch& launch);
sys::Result SetIdentity(Launch& launch);
sys::Result SetCapabilities(Launch& launch);
sys::Result SetNoNewPrivileges(Launch& launch);
sys::Result LoadSeccomp(Launch& launch);

}  // namespace steps
}  // namespace berth::shim
