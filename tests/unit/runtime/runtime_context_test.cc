// SPDX-License-Identifier: Apache-2.0
#include "runtime/runtime_context.h"

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

TEST(RuntimeContext, WhatContainersMayWriteIsNotBelowTheState) {
  RuntimeOptions options;
  options.paths.root = "/var/lib/berth";
  options.paths.state = "/run/berth";
  metrics::Metrics metrics;
  const RuntimeContext context(options, metrics);
  EXPECT_EQ(PodDirectory(context, "p"), "/run/berth/pods/p");
  EXPECT_EQ(PodEtcDirectory(context, "p"), "/var/lib/berth/pods/p");
}

}  // namespace
}  // namespace berth::runtime
