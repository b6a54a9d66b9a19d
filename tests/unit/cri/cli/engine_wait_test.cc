// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_wait.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/fake_engine.h"

namespace berth::cli {
namespace {

constexpr char kCall[] = "POST /containers/e1/wait?condition=next-exit";

class EngineWaitTest : public testing::Test {
 protected:
  const test::TempDir directory_;
  FakeEngine engine_{directory_.Join("cri.sock")};
  const Session session_{directory_.Join("cri.sock")};
};

TEST_F(EngineWaitTest, IsAskedAtOnceAndAnsweredLater) {
  engine_.Answer(kCall, R"({"StatusCode":3})");
  absl::StatusOr<EngineWait> wait = EngineWait::Begin(session_, "e1", EngineWait::For::kEnd);
  ASSERT_THAT(wait, test::IsOk());
  EXPECT_THAT(engine_.Calls(), testing::ElementsAre(kCall));
  EXPECT_THAT(wait->ExitCode(), test::IsOkAndHolds(3));
}

TEST_F(EngineWaitTest, IsForTheRemovalWhereThatComesToo) {
  const std::string call = "POST /containers/e1/wait?condition=removed";
  engine_.Answer(call, R"({"StatusCode":0})");
  EXPECT_THAT(EngineWait::Begin(session_, "e1", EngineWait::For::kRemoved), test::IsOk());
  EXPECT_THAT(engine_.Calls(), testing::ElementsAre(call));
}

TEST_F(EngineWaitTest, IsRefusedAtOnce) {
  EXPECT_THAT(EngineWait::Begin(session_, "e1", EngineWait::For::kEnd),
              test::StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(EngineWaitTest, WhatIsNoAnswerIsAnError) {
  for (const char* answer : {"{", R"({"StatusCode":125,"Error":{"Message":"it stays"}})"}) {
    engine_.Answer(kCall, answer);
    absl::StatusOr<EngineWait> wait = EngineWait::Begin(session_, "e1", EngineWait::For::kEnd);
    ASSERT_THAT(wait, test::IsOk());
    EXPECT_FALSE(wait->ExitCode().ok()) << answer;
  }
}

}  // namespace
}  // namespace berth::cli
