// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include "base/sys/file.h"
#include "base/sys/namespace.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {
namespace {

constexpr mode_t kDirectoryMode = 0755;

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
  SYS_ASSIGN_OR_RETURN(sys::Fd directory,
                       sys::OpenInRoot(launch.root.get(), path, O_PATH | O_DIRECTORY));
  SYS_RETURN_IF_ERROR(sys::ChangeDirectory(directory.get()));
  // A descriptor from outside must not become the way out.
  return sys::CheckWorkingDirectory();
}

}  // namespace berth::shim::steps
