// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include "gtest/gtest.h"

#include "cri/streaming/asio.h"

namespace berth::cri {
namespace {

TEST(BoostDeathTest, ALoopWithoutADescriptorEndsTheProgramWithTheReason) {
  const auto make_loop = [] {
    const rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    setrlimit(RLIMIT_NOFILE, &none);
    asio::io_context loop;
    const asio::steady_timer timer(loop);
  };
  EXPECT_DEATH(make_loop(), "the streaming server cannot go on.*Too many open files");
}

}  // namespace
}  // namespace berth::cri
