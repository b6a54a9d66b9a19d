// SPDX-License-Identifier: Apache-2.0
#include "base/kernel_names.h"

#include <sys/utsname.h>

namespace berth {

KernelNames ReadKernelNames() {
  utsname names = {};
  uname(&names);  // fails for a bad pointer only
  return {.node = names.nodename, .release = names.release, .machine = names.machine};
}

}  // namespace berth
