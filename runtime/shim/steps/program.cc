// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>

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

}  // namespace

sys::Result EnterProgramNamespaces(Launch& launch) {
  SYS_RETURN_IF_ERROR(sys::NewSession());
  return launch.pid_namespace < 0 ? sys::Result(sys::Done{})
                                  : sys::EnterNamespaces(launch.pid_namespace, CLONE_NEWPID);
}

sys::Result HideMounts(Launch& launch) {
  const sys::MountOption options[] = {{"mode", "555"}, {"size", "4k"}};
  for (const std::string& hidden : launch.program.hidden_mounts) {
    sys::ErrnoOr<sys::Fd> place = sys::OpenAt(AT_FDCWD, hidden.c_str(), O_PATH | O_DIRECTORY);
    if (!place.ok() && place.error().code == ENOENT) {
      continue;
    }
    if (!place.ok()) {
      return place.error();
    }
    SYS_ASSIGN_OR_RETURN(sys::DetachedMount empty,
                         sys::NewMount("tmpfs", options, MOUNT_ATTR_RDONLY));
    SYS_RETURN_IF_ERROR(empty.AttachAt(place->get()));
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
