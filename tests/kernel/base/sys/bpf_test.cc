// SPDX-License-Identifier: Apache-2.0
#include "base/sys/bpf.h"

#include <array>
#include <cerrno>

#include "gtest/gtest.h"

#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::sys {
namespace {

KERNEL_TEST(Bpf, LoadsAProgramAndFindsFaultWithABadOne) {
  const std::array good = {bpf::WithNumber(bpf::kMoveImmediate, 0, 1), bpf::Exit()};
  EXPECT_THAT(LoadDeviceProgram(good), test::IsOk());
  const std::array no_result = {bpf::Exit()};
  EXPECT_THAT(LoadDeviceProgram(no_result), test::ErrnoIs(EACCES));
}

KERNEL_TEST(Bpf, RefusesDescriptorsThatAreNoCgroup) {
  std::array<uint32_t, kMaxAttachedPrograms> ids = {};
  EXPECT_THAT(FindDevicePrograms(-1, ids), test::ErrnoIs(EBADF));
  EXPECT_THAT(AttachDeviceProgram(-1, -1), test::ErrnoIs(EBADF));
  EXPECT_THAT(OpenProgram(0xfffffff0), test::ErrnoIs(ENOENT));
}

}  // namespace
}  // namespace berth::sys
