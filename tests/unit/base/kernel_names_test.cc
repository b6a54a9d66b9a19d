// SPDX-License-Identifier: Apache-2.0
#include "base/kernel_names.h"

#include <unistd.h>

#include "gtest/gtest.h"

#include "base/file.h"

namespace berth {
namespace {

TEST(KernelNames, AreThoseOfTheKernel) {
  const KernelNames names = ReadKernelNames();
  char node[256] = {};
  ASSERT_EQ(gethostname(node, sizeof(node) - 1), 0);
  EXPECT_EQ(names.node, node);
  EXPECT_EQ(names.release + "\n", ReadFile("/proc/sys/kernel/osrelease", 256).value());
  EXPECT_FALSE(names.machine.empty());
}

}  // namespace
}  // namespace berth
