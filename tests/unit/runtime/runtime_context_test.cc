// SPDX-License-Identifier: Apache-2.0
#include "runtime/runtime_context.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(RuntimeContext, APodsDirectoryIsBelowTheState) {
  RuntimeOptions options;
  options.paths.state = "/run/berth";
  metrics::Metrics metrics;
  const RuntimeContext context(options, metrics);
  EXPECT_EQ(PodDirectory(context, "p"), "/run/berth/pods/p");
}

}  // namespace
}  // namespace berth::runtime
