// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "gtest/gtest.h"

// KERNEL_TEST(Mount, IsReadOnlyWhenAsked) { … } is a TEST whose body runs as root in a process of
// its own, in new mount, pid, network, ipc and uts namespaces: mounts are private, /proc is that of
// the pid namespace, lo is up. Whatever the body leaves behind dies with it. EXPECT_…, ASSERT_… and
// GTEST_SKIP work as in a TEST. Without root the test is skipped (see skip_policy.h).
#define KERNEL_TEST(suite, name)                                      \
  static void suite##_##name##_KernelBody();                          \
  TEST(suite, name) {                                                 \
    ::berth::test::KernelOutcome outcome =                            \
        ::berth::test::RunInNamespaces(&suite##_##name##_KernelBody); \
    if (outcome.skipped) {                                            \
      GTEST_SKIP() << outcome.skip_reason;                            \
    }                                                                 \
  }                                                                   \
  static void suite##_##name##_KernelBody()

namespace berth::test {

struct KernelOutcome {
  bool skipped = false;
  std::string skip_reason;
};

// Runs `body` as described above and repeats its failures here, at their own file and line. A body
// that crashes, or lasts longer than a minute, is a failure.
KernelOutcome RunInNamespaces(void (*body)());

// Detaches what is mounted there, also while it is in use.
void Unmount(const std::string& path);

}  // namespace berth::test
