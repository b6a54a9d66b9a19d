// SPDX-License-Identifier: Apache-2.0
#include "base/sys/pages.h"

#include <sys/mman.h>

#include <cstdint>

namespace berth::sys {

void ReleasePages(void* begin, size_t size) {
  (void)madvise(begin, size, MADV_DONTNEED);  // without it they stay, which does no harm
}

void UseSmallPages(void* begin, size_t size) {
  const auto address = reinterpret_cast<uintptr_t>(begin);
  const uintptr_t first = address / kPageSize * kPageSize;
  // A kernel without huge pages does not know it.
  (void)madvise(reinterpret_cast<void*>(first), size + (address - first), MADV_NOHUGEPAGE);
}

}  // namespace berth::sys
