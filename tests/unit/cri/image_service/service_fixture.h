// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/image_service.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/unit/cri/rpc_under_test.h"

namespace berth::cri {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An ImageService over a store that has busybox and could pull nginx.
class ImageServiceTest : public ::testing::Test {
 protected:
  ImageServiceTest() {
    imageservice::Image& busybox = images.images.emplace_back();
    busybox.id = "sha256:1";
    busybox.repo_tags = {"docker.io/library/busybox:1"};
    busybox.size = 5;
    images.registry["nginx"].id = "sha256:2";
  }

  test::FakeImageStore images;
  metrics::Metrics metrics;
  ImageService service{images, metrics};
};

}  // namespace berth::cri
