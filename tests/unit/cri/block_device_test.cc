// SPDX-License-Identifier: Apache-2.0
#include "cri/block_device.h"

#include <unistd.h>

#include "gtest/gtest.h"

#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

TEST(BlockDeviceName, IsTheLastPartOfItsLink) {
  const test::TempDir links;
  ASSERT_EQ(symlink("../../devices/pci0/block/sda", links.Join("8:0").c_str()), 0);
  EXPECT_EQ(BlockDeviceName(links.path(), 8, 0), "/dev/sda");
}

TEST(BlockDeviceName, OfOneWithoutALinkIsItsNumbers) {
  EXPECT_EQ(BlockDeviceName("/nowhere", 0, 42), "0:42");
}

}  // namespace
}  // namespace berth::cri
