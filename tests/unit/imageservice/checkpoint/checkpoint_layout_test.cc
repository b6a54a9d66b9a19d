// SPDX-License-Identifier: Apache-2.0
#include "imageservice/checkpoint/checkpoint_layout.h"

#include <string>

#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

TEST(CheckpointLayout, HasItsFilesAndCriusImages) {
  for (const char* name :
       {"config.dump", "spec.dump", "berth.dump", "rootfs-diff.tar", "deleted.files", "dump.log",
        "stats-dump", "checkpoint/pages-1.img", "checkpoint/tmpfs-dev-45.tar.gz.img"}) {
    EXPECT_TRUE(IsCheckpointMember(name)) << name;
  }
  for (const std::string& name :
       {std::string(), std::string("checkpoint"), std::string("checkpoint/"),
        std::string("checkpoint/.."), std::string("checkpoint/.hidden"),
        std::string("checkpoint/a/b"), std::string("checkpoint//a"), std::string("/config.dump"),
        std::string("./config.dump"), std::string("berth.signature"), std::string("container.log"),
        std::string("checkpoint/a\0b", 14), "checkpoint/" + std::string(201, 'x')}) {
    EXPECT_FALSE(IsCheckpointMember(name)) << name;
  }
}

TEST(CheckpointLayout, TheInventoryTellsEachMember) {
  CheckpointInventory inventory;
  inventory.Add("config.dump", 2, Digest::OfBytes("{}"));
  EXPECT_EQ(inventory.text(),
            "berth checkpoint, version 1\nconfig.dump 2 " + Digest::OfBytes("{}").str() + "\n");
}

}  // namespace
}  // namespace berth::imageservice
