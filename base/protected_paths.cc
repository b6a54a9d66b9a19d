// SPDX-License-Identifier: Apache-2.0
#include "base/protected_paths.h"

namespace berth {

const ProtectedPaths& DefaultProtectedPaths() {
  static const auto* paths = new ProtectedPaths{
      .masked = {"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
                 "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
                 "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware"},
      .read_only = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
  };
  return *paths;
}

}  // namespace berth
