// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/launch.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys/namespace.h"
#include "base/sys/process.h"
#include "base/sys/terminal.h"
#include "runtime/shim/program.h"
#include "runtime/shim/report.h"

namespace berth::shim {
namespace {

constexpr int kLaunchFailed = 127;

struct Step {
  runtime::LaunchStep name;
  sys::Result (*run)(Launch&);
};

// Everything a container's first process does before exec, in this order. Cgroups come first, so
// that the rest is charged and limited; what /proc is asked for, while it still is the host's;
// sources of mounts, before propagation to the host is cut; mounts, before identity, because they
// need our capabilities; hooks, before the container's label would be theirs.
constexpr Step kContainerSteps[] = {
    {runtime::LaunchStep::kCgroup, steps::JoinCgroups},
    {runtime::LaunchStep::kNamespaces, steps::EnterOwnNamespaces},
    {runtime::LaunchStep::kOomScore, steps::SetOomScore},
    {runtime::LaunchStep::kMounts, steps::CloneSources},
    {runtime::LaunchStep::kMountPropagation, steps::StopPropagation},
    {runtime::LaunchStep::kIdentity, steps::OwnNewFiles},
    {runtime::LaunchStep::kMounts, steps::MakeOverlays},
    {runtime::LaunchStep::kRootFilesystem, steps::MountRoot},
    {runtime::LaunchStep::kDevices, steps::MountDev},
    {runtime::LaunchStep::kMounts, steps::AttachMounts},
    {runtime::LaunchStep::kDevices, steps::MakeDevices},
    {runtime::LaunchStep::kDevices, steps::MakeSymlinks},
    {runtime::LaunchStep::kMounts, steps::CloseMounts},
    {runtime::LaunchStep::kTerminal, steps::OpenTerminal},
    {runtime::LaunchStep::kTerminal, steps::BindConsole},
    {runtime::LaunchStep::kHooks, steps::RunHooks},
    {runtime::LaunchStep::kMaskedPaths, steps::MaskPaths},
    {runtime::LaunchStep::kReadOnlyPaths, steps::MakePathsReadOnly},
    {runtime::LaunchStep::kWorkingDirectory, steps::EnsureWorkingDirectory},
    {runtime::LaunchStep::kSecurityLabel, steps::SetSecurityLabel},
    {runtime::LaunchStep::kPivotRoot, steps::ChangeRoot},
};

// What a process that joins a container does instead.
constexpr Step kExecSteps[] = {
    {runtime::LaunchStep::kCgroup, steps::JoinCgroups},
    {runtime::LaunchStep::kOomScore, steps::SetOomScore},
    {runtime::LaunchStep::kSecurityLabel, steps::SetSecurityLabel},
    {runtime::LaunchStep::kNamespaces, steps::EnterContainerNamespaces},
    {runtime::LaunchStep::kIdentity, steps::OwnNewFiles},
    {runtime::LaunchStep::kTerminal, steps::OpenTerminal},
};

// What is done for a program that starts a container's first process in our stead. The rest, from
// /dev on, is the program's.
constexpr Step kStartingProgramSteps[] = {
    {runtime::LaunchStep::kCgroup, steps::JoinCgroups},
    {runtime::LaunchStep::kNamespaces, steps::StartProgramSession},
    {runtime::LaunchStep::kMounts, steps::CloneSources},
    {runtime::LaunchStep::kMountPropagation, steps::StopPropagation},
    {runtime::LaunchStep::kMounts, steps::NarrowView},
    {runtime::LaunchStep::kIdentity, steps::OwnNewFiles},
    {runtime::LaunchStep::kMounts, steps::MakeOverlays},
    {runtime::LaunchStep::kRootFilesystem, steps::MakeStage},
    {runtime::LaunchStep::kRootFilesystem, steps::MountRoot},
    {runtime::LaunchStep::kMounts, steps::StageMounts},
    {runtime::LaunchStep::kNamespaces, steps::StageNamespaces},
};

// The same for a program that lets a process join a container. The stage is empty: that the root's
// directory is there is enough for those that start from it.
constexpr Step kJoiningProgramSteps[] = {
    {runtime::LaunchStep::kCgroup, steps::JoinCgroups},
    {runtime::LaunchStep::kNamespaces, steps::StartProgramSession},
    {runtime::LaunchStep::kMountPropagation, steps::StopPropagation},
    {runtime::LaunchStep::kMounts, steps::NarrowView},
    {runtime::LaunchStep::kRootFilesystem, steps::MakeStage},
};

// What both do then.
constexpr Step kProgramSteps[] = {
    {runtime::LaunchStep::kTerminal, steps::OpenConsole},
    {runtime::LaunchStep::kStdio, steps::SetStandardFds},
    {runtime::LaunchStep::kWorkingDirectory, steps::EnterProgramDirectory},
    {runtime::LaunchStep::kStdio, steps::CloseDescriptors},
};

// What all others do then, inside the container's root. The user namespace comes after all that
// needs our own capabilities on the host.
constexpr Step kProcessSteps[] = {
    {runtime::LaunchStep::kStdio, steps::SetStandardFds},
    {runtime::LaunchStep::kRlimits, steps::RaiseRlimits},
    {runtime::LaunchStep::kNamespaces, steps::JoinUserNamespace},
    {runtime::LaunchStep::kWorkingDirectory, steps::ChangeDirectory},
    {runtime::LaunchStep::kStdio, steps::CloseDescriptors},
    {runtime::LaunchStep::kRlimits, steps::SetRlimits},
    {runtime::LaunchStep::kSeccomp, steps::LoadSeccompPrivileged},
    {runtime::LaunchStep::kCapabilities, steps::LimitCapabilities},
    {runtime::LaunchStep::kIdentity, steps::SetIdentity},
    {runtime::LaunchStep::kCapabilities, steps::SetCapabilities},
    {runtime::LaunchStep::kNoNewPrivileges, steps::SetNoNewPrivileges},
};

[[noreturn]] void Fail(int report, runtime::LaunchStep step, int error, uint32_t item) {
  // Without a report the shim still sees that we end before exec.
  (void)SendReport(report, {step, error, item});
  sys::ExitOrTrap(kLaunchFailed);
}

// From the first moment on, so that nothing is left of a launch that hangs when the shim is killed.
void TieToShim(const Launch& launch) {
  if (sys::Result tied = sys::SetParentDeathSignal(SIGKILL); !tied.ok()) {
    Fail(launch.report, runtime::LaunchStep::kClone, tied.error().code, 0);
  }
}

void Take(std::span<const Step> steps, Launch& launch) {
  for (const Step& step : steps) {
    launch.item = 0;
    if (sys::Result result = step.run(launch); !result.ok()) {
      Fail(launch.report, step.name, result.error().code, launch.item);
    }
  }
}

// Up to here a process that joins a PID namespace was outside of it, where nobody inside could see
// it: whoever has CAP_SYS_PTRACE there would have had our capabilities, root and descriptors. Only
// a copy that has no more than the container goes in; this one ends.
sys::Result MoveIn(const Launch& launch) {
  if (launch.pid_namespace < 0) {
    return sys::Done{};
  }
  SYS_ASSIGN_OR_RETURN(pid_t pid, sys::CloneSibling());
  if (pid != 0) {
    _exit(0);
  }
  SYS_RETURN_IF_ERROR(sys::NewSession());
  return launch.process.terminal ? sys::TakeControllingTerminal(STDIN_FILENO)
                                 : sys::Result(sys::Done{});
}

[[noreturn]] void Execute(Launch& launch) {
  Take(kProcessSteps, launch);
  umask(kUsualUmask);
  sys::Result ready = sys::ResetSignals();
  if (ready.ok()) {
    ready = MoveIn(launch);
  }
  // Changing the identity has undone it. If the shim has died meanwhile, the report that exec is
  // next fails: its descriptors were closed before its children would have been told.
  TieToShim(launch);
  if (ready.ok()) {
    ready = SendReport(launch.report, {runtime::LaunchStep::kExec, 0, 0});
  }
  if (!ready.ok()) {
    Fail(launch.report, runtime::LaunchStep::kExec, ready.error().code, 0);
  }
  if (sys::Result loaded = steps::LoadSeccomp(launch); !loaded.ok()) {
    Fail(launch.report, runtime::LaunchStep::kSeccomp, loaded.error().code, 0);
  }
  Fail(launch.report, runtime::LaunchStep::kExec,
       ExecuteProgram(launch.process.arguments, launch.process.environment), 0);
}

// As Execute, but the program keeps all that we may. It tells by its exit how it went.
[[noreturn]] void ExecuteStarter(Launch& launch) {
  constexpr int kNotExecuted = 127;  // as a shell says it
  Take(kProgramSteps, launch);
  umask(kUsualUmask);
  sys::Result ready = sys::ResetSignals();
  TieToShim(launch);
  if (ready.ok()) {
    ready = SendReport(launch.report, {runtime::LaunchStep::kExec, 0, 0});
  }
  if (ready.ok()) {
    (void)ExecuteProgram(launch.program.arguments, launch.program.environment);
  }
  Fail(launch.report, runtime::LaunchStep::kProgram, kNotExecuted, 0);
}

Launch MakeLaunch(const LaunchInputs& inputs, const runtime::ProcessPlan& process,
                  const runtime::ProgramPlan& program) {
  Launch launch = {.pod = inputs.pod, .process = process, .program = program};
  launch.cgroups = inputs.cgroups;
  launch.pid_namespace = inputs.pid_namespace;
  launch.report = inputs.report;
  launch.stdio = inputs.stdio;
  return launch;
}

}  // namespace

void LaunchContainer(const LaunchInputs& inputs) {
  sys::ErrnoOr<runtime::LaunchPlan> plan =
      runtime::DecodeLaunchPlan(inputs.plan.bytes(), inputs.plan.size());
  if (!plan.ok()) {
    Fail(inputs.report, runtime::LaunchStep::kDecodePlan, plan.error().code, 0);
  }
  Launch launch = MakeLaunch(inputs, plan->process, plan->program);
  launch.plan = &*plan;
  TieToShim(launch);
  if (!plan->program.pid_file.empty()) {
    Take(kStartingProgramSteps, launch);
    ExecuteStarter(launch);
  }
  Take(kContainerSteps, launch);
  Execute(launch);
}

void LaunchExec(const LaunchInputs& inputs) {
  sys::ErrnoOr<runtime::ExecPlan> plan =
      runtime::DecodeExecPlan(inputs.plan.bytes(), inputs.plan.size());
  if (!plan.ok()) {
    Fail(inputs.report, runtime::LaunchStep::kDecodePlan, plan.error().code, 0);
  }
  Launch launch = MakeLaunch(inputs, plan->process, plan->program);
  TieToShim(launch);
  if (!plan->program.pid_file.empty()) {
    Take(kJoiningProgramSteps, launch);
    ExecuteStarter(launch);
  }
  Take(kExecSteps, launch);
  Execute(launch);
}

}  // namespace berth::shim
