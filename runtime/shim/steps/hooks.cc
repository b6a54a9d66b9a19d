// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/memory_file.h"
#include "base/sys/namespace.h"
#include "base/sys/process.h"
#include "runtime/shim/program.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

constexpr mode_t kPrivateFile = 0600;

sys::ErrnoOr<sys::Fd> MakeState(const runtime::LaunchPlan& plan) {
  const std::string state = plan.hook_state + std::to_string(getpid()) + "}";
  return sys::SealedMemoryFile("hook-state", state.data(), state.size());
}

// What it says is for whoever asks why the start failed.
sys::ErrnoOr<sys::Fd> OpenOutput(const runtime::LaunchPlan& plan) {
  const std::string path = plan.bundle + "/" + runtime::kHookOutput;
  return sys::OpenAt(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW,
                     kPrivateFile);
}

sys::Result RunHook(const runtime::LaunchPlan& plan, const runtime::HookPlan& hook) {
  SYS_ASSIGN_OR_RETURN(sys::Fd state, MakeState(plan));
  SYS_ASSIGN_OR_RETURN(sys::Fd output, OpenOutput(plan));
  const sys::FdMapping descriptors[] = {
      {state.get(), STDIN_FILENO}, {output.get(), STDOUT_FILENO}, {output.get(), STDERR_FILENO}};
  const std::vector<char*> arguments = Pointers(hook.arguments);
  const std::vector<char*> environment = Pointers(hook.environment);
  sys::SpawnRequest request;
  request.arguments = arguments.data();
  request.environment = environment.data();
  request.descriptors = descriptors;
  request.path = hook.path.c_str();
  SYS_ASSIGN_OR_RETURN(sys::Process process, sys::SpawnProcess(request));
  const int64_t deadline = hook.timeout == 0
                               ? sys::kNoDeadline
                               : sys::MonotonicTime() + int64_t{hook.timeout} * sys::kSecond;
  SYS_ASSIGN_OR_RETURN(const sys::ExitStatus status, process.Wait(deadline));
  return status.code == 0 ? sys::Result(sys::Done{}) : sys::Errno{-status.code, "hook"};
}

sys::Result RunAll(Launch& launch) {
  const std::vector<runtime::HookPlan>& hooks = launch.plan->hooks;
  umask(kUsualUmask);
  for (launch.item = 0; launch.item < hooks.size(); ++launch.item) {
    SYS_RETURN_IF_ERROR(RunHook(*launch.plan, hooks[launch.item]));
  }
  umask(0);
  return sys::Done{};
}

}  // namespace

sys::Result RunHooks(Launch& launch) {
  if (launch.plan->hooks.empty()) {
    return sys::Done{};
  }
  if (launch.pid_namespace < 0) {
    return RunAll(launch);
  }
  SYS_ASSIGN_OR_RETURN(const sys::Fd own, sys::OpenOwnNamespace("pid"));
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(own.get(), CLONE_NEWPID));
  SYS_RETURN_IF_ERROR(RunAll(launch));
  return sys::EnterNamespaces(launch.pid_namespace, CLONE_NEWPID);
}

}  // namespace berth::shim::steps
