// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/usage/disk_usage.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(DiskUsage, ALayerOfManyImagesCountsOnce) {
  ImageUsage a, b, none;
  a.image.chain_ids = {"base", "a"};
  a.layers = {100, 10};
  a.containers = 2;
  b.image.chain_ids = {"base", "b"};
  b.layers = {100, 5};
  const ImagesUsage told = TellImages({a, b, none});
  EXPECT_EQ(told.layers, 115U);
  EXPECT_EQ(told.images[0]["Size"], 110);
  EXPECT_EQ(told.images[0]["SharedSize"], 100);
  EXPECT_EQ(told.images[0]["Containers"], 2);
  EXPECT_EQ(told.images[1]["Size"], 105);
  EXPECT_EQ(told.images[2]["SharedSize"], 0);
}

}  // namespace
}  // namespace berth::cri
