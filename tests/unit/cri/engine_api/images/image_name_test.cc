// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_name.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(ImageName, ATagOrADigestIsJoined) {
  EXPECT_EQ(JoinTag("app", "1"), "app:1");
  EXPECT_EQ(JoinTag("app:", "1"), "app:1");
  EXPECT_EQ(JoinTag("host:5000/app", ""), "host:5000/app");
  EXPECT_EQ(JoinTag("app", "sha256:12"), "app@sha256:12");
}

TEST(ImageName, WhatIsNotHereIsNamedAsItWasUnderstood) {
  EXPECT_EQ(NoSuchImage("app").message(), "No such image: app:latest");
  EXPECT_EQ(NoSuchImage("docker.io/library/app:1").message(), "No such image: app:1");
  EXPECT_EQ(NoSuchImage("UPPER").message(), "No such image: UPPER");
}

}  // namespace
}  // namespace berth::cri
