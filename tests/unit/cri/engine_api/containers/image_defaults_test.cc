// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/image_defaults.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

const Json kImage = {{"Cmd", {"serve"}},
                     {"Entrypoint", {"/entry"}},
                     {"Env", {"A=1", "B=2"}},
                     {"User", "app"},
                     {"Labels", {{"a", "image"}, {"b", "image"}}}};

TEST(ImageDefaults, WhatTheRequestLeavesEmptyIsTheImages) {
  Json config = {{"Env", {"B=3", "A"}}, {"Labels", {{"a", "mine"}}}, {"User", ""}};
  ASSERT_THAT(CompleteByImage(kImage, config), test::IsOk());
  EXPECT_EQ(config["Cmd"], Json::array({"serve"}));
  EXPECT_EQ(config["Entrypoint"], Json::array({"/entry"}));
  EXPECT_EQ(config["User"], "app");
  EXPECT_EQ(config["Env"], Json::array({"B=3"}));  // "A" takes the image's away
  EXPECT_EQ(config["Labels"], Json({{"a", "mine"}, {"b", "image"}}));
}

TEST(ImageDefaults, AnEntrypointDropsTheImagesCommand) {
  Json config = {{"Entrypoint", {"sh"}}};
  ASSERT_THAT(CompleteByImage(kImage, config), test::IsOk());
  EXPECT_FALSE(config.contains("Cmd"));
  Json none = {{"Entrypoint", {""}}};
  EXPECT_EQ(CompleteByImage(kImage, none).message(), "no command specified");
}

}  // namespace
}  // namespace berth::cri
