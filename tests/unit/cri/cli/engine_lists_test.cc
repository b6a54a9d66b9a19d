// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_lists.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/cri/cli/fake_daemon.h"
#include "tests/unit/cri/cli/fake_engine.h"

namespace berth::cli {
namespace {

class EngineListsTest : public testing::Test {
 protected:
  FakeDaemon daemon_;
  FakeEngine engine_{daemon_.Address()};
  Session session_{daemon_.Address()};
};

TEST_F(EngineListsTest, InspectsWhatIsThereAndTellsOfTheRest) {
  engine_.Answer("GET /volumes/a", R"({"Name":"a"})");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_EQ(InspectByEngine(session_, "/volumes", {"no", "a"}, "{{.Name}}").value_or(-1), 1);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "a\n");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("berth: "));
}

TEST_F(EngineListsTest, RemovesAndPrintsNames) {
  engine_.Answer("DELETE /volumes/a?force=1", "", "204 No Content");
  testing::internal::CaptureStdout();
  EXPECT_EQ(RemoveByEngine(session_, "/volumes", {"a"}, true).value_or(-1), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "a\n");
}

TEST_F(EngineListsTest, WhatIsNotThereNeedsNoRemovalByForce) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(RemoveByEngine(session_, "/networks", {"a"}, true).value_or(-1), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  testing::internal::CaptureStderr();
  EXPECT_EQ(RemoveByEngine(session_, "/networks", {"a"}, false).value_or(-1), 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "berth: No such container\n");
}

TEST(LabelsText, JoinsPairs) {
  EXPECT_EQ(LabelsText(LabelsIn({{"Labels", {{"b", "2"}, {"a", "1"}}}})), "a=1,b=2");
  EXPECT_EQ(LabelsText(LabelsIn({{"Labels", nullptr}})), "");
}

}  // namespace
}  // namespace berth::cli
