// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "base/sys/namespace.h"
#include "base/sys/socket.h"
#include "runtime/shim/path_buffer.h"
#include "runtime/shim/report.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

constexpr mode_t kPlaceMode = 0755;
constexpr mode_t kConsoleMode = 0600;

// A place for a mount: a directory or a file, as its root is.
sys::ErrnoOr<sys::Fd> MakePlace(int directory, const char* name, const sys::DetachedMount& source) {
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(source.fd()));
  if (!S_ISDIR(info.st_mode)) {
    return sys::OpenAt(directory, name, O_RDONLY | O_CREAT | O_EXCL, kConsoleMode);
  }
  SYS_RETURN_IF_ERROR(sys::MakeDirectory(directory, name, kPlaceMode));
  return sys::OpenAt(directory, name, O_PATH | O_DIRECTORY);
}

sys::Result StageFile(Launch& launch, const char* name, sys::DetachedMount& file) {
  SYS_ASSIGN_OR_RETURN(sys::Fd place, MakePlace(launch.stage.fd(), name, file));
  return file.AttachAt(place.get());
}

// The namespace has no other path than that of where our children would be; to stay so would let no
// program make threads.
sys::Result StagePidNamespace(Launch& launch) {
  SYS_ASSIGN_OR_RETURN(sys::Fd own, sys::OpenOwnNamespace("pid"));
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(launch.pid_namespace, CLONE_NEWPID));
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount joined,
                       sys::CloneMount(AT_FDCWD, "/proc/self/ns/pid_for_children", false));
  SYS_RETURN_IF_ERROR(sys::EnterNamespaces(own.get(), CLONE_NEWPID));
  return StageFile(launch, runtime::kStagedPidNamespace, joined);
}

}  // namespace

sys::Result StartProgramSession(Launch&) {
  return sys::NewSession();
}

sys::Result NarrowView(Launch& launch) {
  const runtime::ProgramPlan& program = launch.program;
  if (program.narrowed_directory.empty()) {
    return sys::Done{};
  }
  std::vector<sys::DetachedMount> visible;
  for (const std::string& path : program.visible_mounts) {
    SYS_ASSIGN_OR_RETURN(sys::DetachedMount mount, sys::CloneMount(AT_FDCWD, path.c_str(), false));
    visible.push_back(std::move(mount));
  }
  // Covered only, they would still be in the mount table that runtimes read.
  SYS_RETURN_IF_ERROR(sys::DetachMounts(program.narrowed_directory.c_str()));
  SYS_ASSIGN_OR_RETURN(sys::Fd place, sys::OpenAt(AT_FDCWD, program.narrowed_directory.c_str(),
                                                  O_PATH | O_DIRECTORY));
  const sys::MountOption options[] = {{"mode", "755"}};
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount narrowed, sys::NewMount("tmpfs", options, 0));
  SYS_RETURN_IF_ERROR(narrowed.AttachAt(place.get()));
  for (size_t i = 0; i < visible.size(); ++i) {
    const std::string& path = program.visible_mounts[i];
    const std::string name = path.substr(path.rfind('/') + 1);
    SYS_ASSIGN_OR_RETURN(sys::Fd target, MakePlace(narrowed.fd(), name.c_str(), visible[i]));
    SYS_RETURN_IF_ERROR(visible[i].AttachAt(target.get()));
  }
  return sys::Done{};
}

sys::Result MakeStage(Launch& launch) {
  const sys::MountOption options[] = {{"mode", "755"}};
  SYS_ASSIGN_OR_RETURN(launch.stage, sys::NewMount("tmpfs", options, 0));
  SYS_ASSIGN_OR_RETURN(sys::Fd place,
                       sys::OpenAt(AT_FDCWD, launch.pod.root.c_str(), O_PATH | O_DIRECTORY));
  SYS_RETURN_IF_ERROR(launch.stage.AttachAt(place.get()));
  SYS_RETURN_IF_ERROR(sys::MakeDirectory(launch.stage.fd(), runtime::kStagedMounts, kPlaceMode));
  return sys::MakeDirectory(launch.stage.fd(), runtime::kStagedRoot, kPlaceMode);
}

sys::Result StageMounts(Launch& launch) {
  SYS_ASSIGN_OR_RETURN(sys::Fd directory, sys::OpenAt(launch.stage.fd(), runtime::kStagedMounts,
                                                      O_PATH | O_DIRECTORY));
  for (launch.item = 0; launch.item < launch.sources.size(); ++launch.item) {
    sys::DetachedMount& source = launch.sources[launch.item];
    if (source.fd() < 0) {
      continue;
    }
    PathBuffer name;
    name.AppendNumber(launch.item);
    SYS_ASSIGN_OR_RETURN(sys::Fd place, MakePlace(directory.get(), name.c_str(), source));
    SYS_RETURN_IF_ERROR(source.AttachAt(place.get()));
    source = sys::DetachedMount();
  }
  return sys::Done{};
}

sys::Result StageNamespaces(Launch& launch) {
  if (launch.pid_namespace >= 0) {
    SYS_RETURN_IF_ERROR(StagePidNamespace(launch));
  }
  if (!launch.pod.has_user_namespace()) {
    return sys::Done{};
  }
  PathBuffer path("/proc/self/fd/");
  path.AppendNumber(static_cast<unsigned>(launch.pod.user_namespace.get()));
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount joined, sys::CloneMount(AT_FDCWD, path.c_str(), false));
  return StageFile(launch, runtime::kStagedUserNamespace, joined);
}

sys::Result OpenConsole(Launch& launch) {
  if (!launch.process.terminal) {
    return sys::Done{};
  }
  PathBuffer path(launch.program.directory);
  path.Append("/").Append(launch.program.console);
  if (path.full()) {
    return sys::Errno{ENAMETOOLONG, "open console"};
  }
  SYS_ASSIGN_OR_RETURN(sys::Fd listener,
                       sys::ListenAt(path.c_str(), kConsoleMode, 1, SOCK_STREAM | SOCK_NONBLOCK));
  SYS_RETURN_IF_ERROR(SendConsole(launch.report, listener.get()));
  SYS_ASSIGN_OR_RETURN(launch.null_device, sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR));
  const int null = launch.null_device.get();
  launch.stdio = {null, null, null};
  return sys::Done{};
}

sys::Result EnterProgramDirectory(Launch& launch) {
  SYS_ASSIGN_OR_RETURN(sys::Fd directory, sys::OpenAt(AT_FDCWD, launch.program.directory.c_str(),
                                                      O_PATH | O_DIRECTORY));
  return sys::ChangeDirectory(directory.get());
}

}  // namespace berth::shim::steps
