// SPDX-License-Identifier: Apache-2.0
#include "base/sys/pages.h"

#include <sys/mman.h>

namespace berth::sys {

void ReleasePages(void* begin, size_t size) {
  (void)madvise(begin, size, MADV_DONTNEED);  // without it they stay, which does no harm
}

}  // namespace berth::sys
