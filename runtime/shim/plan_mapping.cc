// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/plan_mapping.h"

#include <sys/mman.h>

#include "base/sys/inode.h"
#include "base/sys/memory_file.h"
#include "runtime/plan/launch_plan.h"

namespace berth::shim {

sys::ErrnoOr<PlanMapping> PlanMapping::Map(int file) {
  if (!sys::IsSealed(file)) {
    return sys::Errno{EPERM, "map plan"};
  }
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(file));
  size_t size = static_cast<size_t>(info.st_size);
  if (size == 0 || size > runtime::kMaxPlanSize) {
    return sys::Errno{size == 0 ? EBADMSG : E2BIG, "map plan"};
  }
  void* bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (bytes == MAP_FAILED) {
    return sys::Errno::Last("mmap");
  }
  return PlanMapping(static_cast<const char*>(bytes), size);
}

PlanMapping::~PlanMapping() {
  if (bytes_ != nullptr) {
    munmap(const_cast<char*>(bytes_), size_);
  }
}

}  // namespace berth::shim
