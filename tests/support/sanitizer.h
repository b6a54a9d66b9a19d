// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace berth::test {

// The thread sanitizer keeps a thread of its own in each process, forked ones included, which the
// kernel counts as one of the process's.
#ifdef __SANITIZE_THREAD__
inline constexpr int kSanitizerThreads = 1;
#else
inline constexpr int kSanitizerThreads = 0;
#endif

}  // namespace berth::test
