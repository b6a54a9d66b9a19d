// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace berth::test {

// The thread sanitizer keeps a thread of its own in each process, forked ones included, which the
// kernel counts as one of the process's; and a second in a forked one that has started a thread.
#ifdef __SANITIZE_THREAD__
inline constexpr int kSanitizerThreads = 1;
inline constexpr int kSanitizerThreadsBesideOthers = 2;
#else
inline constexpr int kSanitizerThreads = 0;
inline constexpr int kSanitizerThreadsBesideOthers = 0;
#endif

}  // namespace berth::test
