// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "runtime/shim/proc.h"
#include "runtime/shim/steps.h"

namespace berth::shim::steps {

sys::Result SetSecurityLabel(Launch& launch) {
  const runtime::ProcessPlan& process = launch.process;
  if (!process.apparmor_profile.empty()) {
    const std::string command = "exec " + process.apparmor_profile;
    sys::Result written = WriteProc("/proc/self", "attr/apparmor/exec", command);
    if (!written.ok() && written.error().code == ENOENT) {
      written =
          WriteProc("/proc/self", "attr/exec", command);  // until Linux 5.8 is the oldest supported
    }
    SYS_RETURN_IF_ERROR(written);
  }
  if (!process.selinux_label.empty()) {
    return WriteProc("/proc/self", "attr/exec", process.selinux_label);
  }
  return sys::Done{};
}

}  // namespace berth::shim::steps
