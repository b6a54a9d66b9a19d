// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

#include "base/sys/file.h"
#include "base/sys/namespace.h"
#include "runtime/shim/steps.h"

namespace berth::runtime::steps {
namespace {

constexpr mode_t kDirectoryMode = 0755;

// The kernel's own answer: a directory outside of the root has no path that begins with a slash
// (R5).
sys::Result CheckInsideRoot() {
  char path[PATH_MAX];
  if (syscall(SYS_getcwd, path, sizeof(path)) < 0) {
    return sys::Errno::Last("getcwd");
  }
  return path[0] == '/' ? sys::Result(sys::Done{}) : sys::Errno{ENOENT, "getcwd"};
}

}  // namespace

sys::Result EnsureWorkingDirectory(Launch& launch) {
  const char* path = launch.process.working_directory.c_str();
  if (sys::OpenInRoot(launch.root.get(), path, O_PATH | O_DIRECTORY).ok()) {
    return sys::Done{};
  }
  sys::ErrnoOr<sys::Fd> made = sys::EnsureDirectoryInRoot(launch.root.get(), path, kDirectoryMode);
  return made.ok() ? sys::Result(sys::Done{}) : made.error();
}

sys::Result ChangeDirectory(Launch& launch) {
  const char* path = launch.process.working_directory.c_str();
  sys::ErrnoOr<sys::Fd> directory = sys::OpenInRoot(launch.root.get(), path, O_PATH | O_DIRECTORY);
  if (!directory.ok()) {
    return directory.error();
  }
  SYS_RETURN_IF_ERROR(sys::ChangeDirectory(directory->get()));
  return CheckInsideRoot();
}

}  // namespace berth::runtime::steps
