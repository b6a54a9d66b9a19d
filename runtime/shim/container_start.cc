// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/sys/cgroup.h"
#include "base/sys/file.h"
#include "base/sys/pipe.h"
#include "runtime/shim/cgroup.h"
#include "runtime/shim/container.h"
#include "runtime/shim/launch.h"

namespace berth::shim {
namespace {

// The read end goes to the stream, the write end to the child.
sys::Result OpenStream(OutputStream& stream, sys::Fd& child) {
  SYS_ASSIGN_OR_RETURN(sys::Pipe pipe, sys::MakePipe());
  SYS_RETURN_IF_ERROR(sys::SetNonBlocking(pipe.reader.get()));
  stream.Open(std::move(pipe.reader));
  child = std::move(pipe.writer);
  return sys::Done{};
}

}  // namespace

// The child's ends, which the shim drops once it has been cloned.
struct Container::ChildFds {
  sys::Fd in;
  sys::Fd out;
  sys::Fd err;
};

sys::Result Container::OpenOutput(const runtime::LaunchHeader& header, ChildFds& child) {
  if (header.process.terminal) {
    return sys::Done{};  // it sends its own
  }
  SYS_RETURN_IF_ERROR(OpenStream(out_, child.out));
  SYS_RETURN_IF_ERROR(OpenStream(err_, child.err));
  if (!header.open_stdin) {
    SYS_ASSIGN_OR_RETURN(child.in, sys::OpenAt(AT_FDCWD, "/dev/null", O_RDONLY));
    return sys::Done{};
  }
  SYS_ASSIGN_OR_RETURN(sys::Pipe pipe, sys::MakePipe());
  child.in = std::move(pipe.reader);
  SYS_RETURN_IF_ERROR(sys::SetNonBlocking(pipe.writer.get()));  // of whom it is given to
  input_ = std::move(pipe.writer);
  return sys::Done{};
}

sys::Result Container::Clone(const Pod& pod, const PlanMapping& plan,
                             const runtime::LaunchHeader& header, int pid_namespace,
                             const ChildFds& child, sys::SocketPair reports) {
  const bool by_program = !header.program.pid_file.empty();
  sys::CloneRequest request = {.namespaces = CLONE_NEWNS};
  if (header.pid_namespace == runtime::PidNamespace::kPrivate && !by_program) {
    request.namespaces |= CLONE_NEWPID;
  }
  std::array<const char*, runtime::kMaxCgroupDirectories> space;
  LaunchInputs inputs = {.pod = pod, .plan = plan, .cgroups = paths_.cgroups()};
  if (by_program) {
    inputs.cgroups = header.program.cgroup_directories.CStrings(space);
  }
  sys::Fd born_in;
  if (!inputs.cgroups.empty()) {
    SYS_ASSIGN_OR_RETURN(born_in,
                         sys::OpenBirthplace(inputs.cgroups[FindKillDirectory(inputs.cgroups)]));
    request.cgroup = born_in.get();
  }
  SYS_ASSIGN_OR_RETURN(sys::ClonedProcess cloned, sys::CloneProcess(request));
  if (cloned.pid == 0) {
    reports.first = sys::Fd();  // else the other end would never see that we are gone
    inputs.pid_namespace = pid_namespace;
    inputs.report = reports.second.get();
    inputs.stdio = {child.in.get(), child.out.get(), child.err.get()};
    LaunchContainer(inputs);
  }
  const Launched::Way without =
      pid_namespace >= 0 ? Launched::Way::kByLauncher : Launched::Way::kCloned;
  process_.Begin(std::move(cloned), by_program ? Launched::Way::kByProgram : without,
                 std::move(reports.first));
  return sys::Done{};
}

Failure Container::Start(const Pod& pod, const PlanMapping& plan,
                         const runtime::LaunchHeader& header, int pid_namespace) {
  if (header.container_id.empty() || header.container_id.size() >= sizeof(id_) ||
      header.container_id.find('/') != runtime::PlanText::npos) {
    return {runtime::LaunchStep::kDecodePlan, EINVAL};
  }
  memcpy(id_, header.container_id.data(), header.container_id.size());
  if (sys::Result copied = paths_.Copy(header, space_.paths); !copied.ok()) {
    return {runtime::LaunchStep::kDecodePlan, copied.error().code};
  }
  if (!paths_.cgroups().empty()) {
    kill_directory_ = FindKillDirectory(paths_.cgroups());
    has_stragglers_ = header.pid_namespace != runtime::PidNamespace::kPrivate;
  }
  has_terminal_ = header.process.terminal;
  oom_kills_before_ = OomKills();
  if (sys::Result opened = log_.Open(paths_.log()); !opened.ok()) {
    return {runtime::LaunchStep::kLog, opened.error().code};
  }
  ChildFds child;
  if (sys::Result opened = OpenOutput(header, child); !opened.ok()) {
    return {runtime::LaunchStep::kStdio, opened.error().code};
  }
  sys::ErrnoOr<sys::SocketPair> reports = OpenReports();
  if (!reports.ok()) {
    return {runtime::LaunchStep::kStdio, reports.error().code};
  }
  if (sys::Result cloned = Clone(pod, plan, header, pid_namespace, child, *std::move(reports));
      !cloned.ok()) {
    return {runtime::LaunchStep::kClone, cloned.error().code};
  }
  return {};
}

}  // namespace berth::shim
