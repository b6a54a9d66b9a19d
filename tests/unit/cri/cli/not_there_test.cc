// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/not_there.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

TEST(NotThere, VerbsHaveTheirReasons) {
  EXPECT_THAT(WhyNoVerb("berth", "search"), HasSubstr("registries"));
  EXPECT_THAT(WhyNoVerb("berth", "stack"), HasSubstr("swarm"));
  EXPECT_THAT(WhyNoVerb("berth volume", "update"), HasSubstr("swarm"));
  EXPECT_EQ(WhyNoVerb("berth image", "stack"), "");
  EXPECT_EQ(WhyNoVerb("berth", "imges"), "");
}

TEST(NotThere, OptionsHaveThoseOfTheirVerb) {
  EXPECT_THAT(WhyNoOption("berth run", "--io-maxiops"), HasSubstr("Windows"));
  EXPECT_THAT(WhyNoOption("berth builder build", "--cgroup-parent"), HasSubstr("build"));
  EXPECT_EQ(WhyNoOption("berth update", "--cgroup-parent"), "");
  EXPECT_THAT(WhyNoOption("berth network create", "--scope"), HasSubstr("swarm"));
  EXPECT_EQ(WhyNoOption("berth create", "--secret"), "");
  EXPECT_EQ(WhyNoOption("berth run", "--"), "");
}

}  // namespace
}  // namespace berth::cli
