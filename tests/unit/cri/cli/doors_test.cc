// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/doors.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/fake_daemon.h"
#include "tests/unit/cri/cli/fake_engine.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kDetails[] = R"({"Id":"e1","Config":{"Tty":true,"OpenStdin":false}})";

class DoorsTest : public testing::Test {
 protected:
  DoorsTest() {
    daemon_.AddPod("p1", "web", true);
    daemon_.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
  }
  absl::StatusOr<AnyTarget> Find(const std::string& name,
                                 std::optional<TargetKind> only = std::nullopt) {
    return FindAny(session_, daemon_.Connect().List().value(), name, only);
  }

  FakeDaemon daemon_;
  const Session session_{daemon_.Address()};
};

TEST_F(DoorsTest, CrisComeFirst) {
  FakeEngine engine(daemon_.Address());
  engine.Answer("GET /containers/web/json", kDetails);
  engine.Answer("GET /containers/db/json", kDetails);
  EXPECT_EQ(std::get<Target>(Find("web").value()).id, "c1");
  const EngineContainer db = std::get<EngineContainer>(Find("db").value());
  EXPECT_EQ(db.id, "e1");
  EXPECT_TRUE(db.has_terminal());
  EXPECT_FALSE(db.has_input());
  EXPECT_THAT(Find("db", TargetKind::kPod), test::StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(DoorsTest, WhatNobodyKnowsIsToldByTheFirst) {
  EXPECT_THAT(Find("wob"),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("did you mean web")));
  const FakeEngine engine(daemon_.Address());
  EXPECT_THAT(Find("wob"),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("did you mean web")));
}

TEST_F(DoorsTest, VerbsOfTheSecondRefuseContainersOfPods) {
  FakeEngine engine(daemon_.Address());
  engine.Answer("GET /containers/db/json", kDetails);
  EXPECT_EQ(FindEngineContainer(session_, "db", "rename")->id, "e1");
  EXPECT_THAT(FindEngineContainer(session_, "web", "rename"),
              test::StatusIs(absl::StatusCode::kFailedPrecondition,
                             HasSubstr("web is a container of a pod, which CRI cannot rename")));
}

}  // namespace
}  // namespace berth::cli
