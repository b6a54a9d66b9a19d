// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/pod.h"

#include <fcntl.h>
#include <sched.h>

#include <vector>

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/namespace.h"
#include "base/sys/process.h"
#include "base/sys/user_namespace.h"
#include "runtime/shim/cgroup.h"
#include "runtime/shim/pod_init.h"
#include "runtime/shim/proc.h"
#include "runtime/shim/shared_memory.h"

namespace berth::shim {
namespace {

sys::Result EnterCgroups(const runtime::PodPlan& plan, Pod&, uint32_t&) {
  std::vector<const char*> directories;
  for (const std::string& directory : plan.cgroup_directories) {
    directories.push_back(directory.c_str());
  }
  SYS_RETURN_IF_ERROR(JoinCgroups(directories));
  return ConfirmCgroups(directories);
}

sys::Result ProtectFromOom(const runtime::PodPlan& plan, Pod&, uint32_t&) {
  return SetOomScore(plan.oom_score_adj);
}

// The others are made in it, by a child, so that it owns them; the shim itself stays out of it.
sys::Result MakeUserNamespace(const runtime::IdRange& ids, int others, Pod& pod) {
  SYS_ASSIGN_OR_RETURN(const sys::Process holder,
                       sys::HoldUserNamespace(static_cast<uint64_t>(others), ids.first, ids.count));
  SYS_ASSIGN_OR_RETURN(pod.user_namespace, sys::OpenNamespaceOf(holder.pid(), "user"));
  pod.ids = ids;
  return others == 0 ? sys::Result(sys::Done{}) : sys::EnterNamespaces(holder.pidfd(), others);
}

// `path` may be empty: none is joined.
sys::Result Join(const std::string& path, int kind) {
  if (path.empty()) {
    return sys::Done{};
  }
  SYS_ASSIGN_OR_RETURN(const sys::Fd space, sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY));
  return sys::EnterNamespaces(space.get(), kind);
}

sys::Result MakeNamespaces(const runtime::PodPlan& plan, Pod& pod, uint32_t&) {
  SYS_RETURN_IF_ERROR(Join(plan.network_namespace, CLONE_NEWNET));
  SYS_RETURN_IF_ERROR(Join(plan.ipc_namespace, CLONE_NEWIPC));
  int flags = (plan.new_network ? CLONE_NEWNET : 0) | (plan.new_ipc ? CLONE_NEWIPC : 0) |
              (plan.new_uts ? CLONE_NEWUTS : 0);
  if (plan.ids.count > 0) {
    SYS_RETURN_IF_ERROR(MakeUserNamespace(plan.ids, flags, pod));
  } else if (flags != 0) {
    SYS_RETURN_IF_ERROR(sys::UnshareNamespaces(flags));
  }
  if (plan.new_network) {
    SYS_RETURN_IF_ERROR(sys::BringLoopbackUp());
  }
  return sys::Done{};
}

sys::Result NameHost(const runtime::PodPlan& plan, Pod&, uint32_t&) {
  if (!plan.new_uts || plan.hostname.empty()) {
    return sys::Done{};
  }
  return sys::SetHostName(plan.hostname.data(), plan.hostname.size());
}

sys::Result SetSysctls(const runtime::PodPlan& plan, Pod&, uint32_t& item) {
  for (item = 0; item < plan.sysctls.size(); ++item) {
    const runtime::SysctlPlan& sysctl = plan.sysctls[item];
    SYS_RETURN_IF_ERROR(WriteProc("/proc/sys", sysctl.path.c_str(), sysctl.value));
  }
  return sys::Done{};
}

sys::Result PrepareDirectory(const runtime::PodPlan& plan, Pod& pod, uint32_t&) {
  pod.root.Append(plan.directory).Append("/root");
  pod.shm_directory.Append(plan.shm_directory);
  if (pod.root.full() || pod.shm_directory.full()) {
    return sys::Errno{ENAMETOOLONG, "pod directory"};
  }
  SYS_ASSIGN_OR_RETURN(sys::Fd directory,
                       sys::OpenAt(AT_FDCWD, plan.directory.c_str(), O_PATH | O_DIRECTORY));
  SYS_RETURN_IF_ERROR(sys::EnsureDirectory(directory.get(), "root", 0700));
  SYS_RETURN_IF_ERROR(sys::EnsureDirectory(directory.get(), "exits", 0700));
  SYS_ASSIGN_OR_RETURN(pod.exits, sys::OpenAt(directory.get(), "exits", O_PATH | O_DIRECTORY));
  return sys::Done{};
}

sys::Result ShareMemory(const runtime::PodPlan& plan, Pod& pod, uint32_t&) {
  if (plan.shm_directory.empty()) {
    return sys::Done{};
  }
  if (!plan.shared_memory.empty()) {
    SYS_ASSIGN_OR_RETURN(pod.shared_memory,
                         sys::OpenAt(AT_FDCWD, plan.shared_memory.c_str(), O_RDONLY));
    return sys::Done{};
  }
  const char* label = plan.mount_label.empty() ? nullptr : plan.mount_label.c_str();
  SYS_ASSIGN_OR_RETURN(pod.shared_memory,
                       MakeSharedMemory(plan.shm_size, pod.HostId(0), label, pod.root.c_str()));
  return sys::Done{};
}

sys::Result ShareProcesses(const runtime::PodPlan& plan, Pod& pod, uint32_t&) {
  if (!plan.shared_pid) {
    return sys::Done{};
  }
  SYS_ASSIGN_OR_RETURN(sys::ClonedProcess init,
                       StartPodInit(pod.root.c_str(), {plan.selinux_label, plan.mount_label}));
  pod.init_pid = init.pid;
  pod.init = std::move(init.pidfd);
  return sys::Done{};
}

struct Step {
  runtime::LaunchStep name;
  sys::Result (*run)(const runtime::PodPlan&, Pod&, uint32_t& item);  // sets the one that failed
};

// The cgroup comes first, so that all else is charged to the pod; sysctls are those of the pod's
// own namespaces.
constexpr Step kSteps[] = {
    {runtime::LaunchStep::kCgroup, EnterCgroups},
    {runtime::LaunchStep::kOomScore, ProtectFromOom},
    {runtime::LaunchStep::kNamespaces, MakeNamespaces},
    {runtime::LaunchStep::kHostname, NameHost},
    {runtime::LaunchStep::kSysctl, SetSysctls},
    {runtime::LaunchStep::kRootFilesystem, PrepareDirectory},
    {runtime::LaunchStep::kMounts, ShareMemory},
    {runtime::LaunchStep::kClone, ShareProcesses},
};

}  // namespace

Failure SetUpPod(const runtime::PodPlan& plan, Pod& pod) {
  for (const Step& step : kSteps) {
    uint32_t item = 0;
    if (sys::Result result = step.run(plan, pod, item); !result.ok()) {
      return {step.name, result.error().code, item};
    }
  }
  return {};
}

}  // namespace berth::shim
