// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_exchange.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/fake_engine.h"

namespace berth::cli {
namespace {

class EngineExchangeTest : public testing::Test {
 protected:
  absl::Status Run(const EngineCall& call) {
    EngineExchange exchange(call);
    return exchange.Run(directory_.Join("docker.sock"),
                        [](absl::string_view) { return absl::OkStatus(); });
  }

  const test::TempDir directory_;
  FakeEngine engine_{directory_.Join("cri.sock")};
};

TEST_F(EngineExchangeTest, WhatWasSoAlreadyIsASuccess) {
  engine_.Answer("POST /x", "", "304 Not Modified");
  EXPECT_THAT(Run({.method = "POST", .target = "/x"}), test::IsOk());
}

TEST_F(EngineExchangeTest, ARefusalHasTheDaemonsWords) {
  engine_.Answer("GET /x", R"({"message":"it is paused"})", "409 Conflict");
  EXPECT_THAT(Run({.target = "/x"}),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, "it is paused"));
  engine_.Answer("GET /y", "no JSON", "500 Internal Server Error");
  EXPECT_THAT(Run({.target = "/y"}),
              test::StatusIs(absl::StatusCode::kInternal, "the daemon answers 500"));
}

}  // namespace
}  // namespace berth::cli
