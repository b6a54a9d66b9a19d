// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/execs/exec_registry.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/execs/execs_under_test.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr runtime::StreamChoice kStreams = {.output = true};

TEST(ExecRegistry, ACommandRunsOnceAndIsToldOf) {
  ExecsUnderTest t;
  const std::string id = t.execs->Create("web", ExecsUnderTest::Spec()).value();
  EXPECT_EQ(t.execs->Find(id)->phase, ExecState::Phase::kCreated);
  test::FakeProcess process;
  t.runtime.session = std::move(process.session);
  EXPECT_THAT(t.execs->Start(Call(), id, kStreams), test::IsOk());
  EXPECT_EQ(t.execs->Find(id)->phase, ExecState::Phase::kRunning);
  EXPECT_THAT(t.execs->Start(Call(), id, kStreams),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("already running")));
  EXPECT_THAT(t.execs->Resize(id, {1, 1}),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no terminal")));
  const std::string container_id = t.execs->Find(id)->container_id;
  EXPECT_THAT(t.execs->ListOf(container_id), ElementsAre(id));
  EXPECT_TRUE(t.execs->ListOf("another").empty());
  t.execs->End(id, 3);
  EXPECT_TRUE(t.execs->ListOf(container_id).empty());
  EXPECT_EQ(t.execs->Find(id)->exit_code, 3);
  EXPECT_THAT(t.execs->CheckStart(id),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has already run")));
  EXPECT_THAT(t.Actions(), ElementsAre("exec_create: ls", "exec_start: ls", "exec_die"));
}

TEST(ExecRegistry, OneThatEndsWithItsContainerWasKilled) {
  ExecsUnderTest t;
  const std::string id = t.execs->Create("web", ExecsUnderTest::Spec()).value();
  test::FakeProcess process;
  t.runtime.session = std::move(process.session);
  ASSERT_THAT(t.execs->Start(Call(), id, kStreams), test::IsOk());
  t.execs->End(id, absl::UnavailableError("the shim has closed the connection"));
  EXPECT_EQ(t.execs->Find(id)->exit_code, 137);
}

TEST(ExecRegistry, AStartThatFailsHasEndedWithDockersCode) {
  ExecsUnderTest t;
  const std::string id = t.execs->Create("web", ExecsUnderTest::Spec()).value();
  t.runtime.failures["Exec"] = absl::InternalError("execute (ls): No such file or directory");
  EXPECT_THAT(t.execs->Start(Call(), id, kStreams),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not found in $PATH")));
  EXPECT_EQ(t.execs->Find(id)->phase, ExecState::Phase::kEnded);
  EXPECT_EQ(t.execs->Find(id)->exit_code, 127);
}

TEST(ExecRegistry, WhatIsNotThereIsSaidInDockersWords) {
  ExecsUnderTest t;
  EXPECT_THAT(t.execs->Find("e1"),
              test::StatusIs(absl::StatusCode::kNotFound, "No such exec instance: e1"));
  EXPECT_THAT(t.execs->Create("none", ExecsUnderTest::Spec()),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("No such container")));
}

TEST(ExecRegistry, RemembersAFewAndForgetsWhatHasEndedFirst) {
  ExecsUnderTest t;
  const std::string first = t.execs->Create("web", ExecsUnderTest::Spec()).value();
  t.runtime.failures["Exec"] = absl::InternalError("no");
  EXPECT_FALSE(t.execs->Start(Call(), first, kStreams).ok());
  for (size_t i = 0; i < kMaxExecsOfContainer; ++i) {
    ASSERT_THAT(t.execs->Create("web", ExecsUnderTest::Spec()), test::IsOk());
  }
  EXPECT_FALSE(t.execs->Find(first).ok());
  EXPECT_THAT(t.execs->Create("web", ExecsUnderTest::Spec()),
              test::StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace berth::cri
