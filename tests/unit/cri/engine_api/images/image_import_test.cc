// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_import.h"

#include "gmock/gmock.h"

#include "tests/fakes/fake_image_store.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;

TEST(ImageImport, ChangesMayHaveManyLines) {
  const FakeExchange exchange("POST", "/x?changes=ENV%20a=b%0A%0A%20CMD%20c&changes=USER%20d");
  EXPECT_THAT(ReadChanges(exchange.request()), ElementsAre("ENV a=b", "CMD c", "USER d"));
}

TEST(ImageImport, WhatCannotBeIsRefusedBeforeTheArchiveIsRead) {
  test::FakeImageStore images;
  EventHub events;
  for (const auto& [target, code] : std::vector<std::pair<std::string, absl::StatusCode>>{
           {"/images/create", absl::StatusCode::kInvalidArgument},
           {"/images/create?fromSrc=ftp://host/a.tar", absl::StatusCode::kInvalidArgument},
           {"/images/create?fromSrc=-&repo=UPPER", absl::StatusCode::kInvalidArgument},
           {"/images/create?fromSrc=-&platform=a/b/c/d", absl::StatusCode::kInvalidArgument},
           {"/images/create?fromSrc=-&changes=RUN%20x", absl::StatusCode::kInvalidArgument}}) {
    FakeExchange exchange("POST", target);
    EXPECT_EQ(ImportImage(exchange, images, events).code(), code) << target;
    EXPECT_FALSE(exchange.answered());
  }
}

}  // namespace
}  // namespace berth::cri
