// SPDX-License-Identifier: Apache-2.0
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/cri/engine_api/containers/lifecycle_under_test.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

TEST(ContainerPause, ACommitsEndsWithItsDaemonAndAUsersDoesNot) {
  LifecycleUnderTest t;
  for (const char* name : {"user", "commit"}) {
    EngineContainerRecord& record = t.Running(name);
    record.state.status = EngineStatus::kPaused;
    record.state.paused_by_commit = record.name == "commit";
  }
  t.OpenWithRecords();
  EXPECT_THAT(t.runtime.calls, Contains("Thaw commit"));
  EXPECT_THAT(t.runtime.calls, Not(Contains("Thaw user")));
  EXPECT_EQ(t.engine->Find("commit")->state.status, EngineStatus::kRunning);
  EXPECT_EQ(t.engine->Find("user")->state.status, EngineStatus::kPaused);
}

TEST(ContainerPause, ACommitEndsItsOwnAlone) {
  LifecycleUnderTest t;
  t.Running("web");
  t.OpenWithRecords();
  ContainerEngine& engine = *t.engine;
  ASSERT_THAT(engine.SetPaused(Call(), "web", true, PausedBy::kCommit), IsOk());
  EXPECT_TRUE(engine.Find("web")->state.paused());
  EXPECT_THAT(engine.SetPaused(Call(), "web", true, PausedBy::kUser),
              StatusIs(kRefused, HasSubstr("is already paused")));
  ASSERT_THAT(engine.SetPaused(Call(), "web", false, PausedBy::kUser), IsOk());
  ASSERT_THAT(engine.SetPaused(Call(), "web", true, PausedBy::kUser), IsOk());
  EXPECT_THAT(engine.SetPaused(Call(), "web", false, PausedBy::kCommit), IsOk());
  EXPECT_TRUE(engine.Find("web")->state.paused()) << "by the user, meanwhile";
  ASSERT_THAT(engine.SetPaused(Call(), "web", false, PausedBy::kUser), IsOk());
  EXPECT_THAT(engine.SetPaused(Call(), "web", false, PausedBy::kUser),
              StatusIs(kRefused, HasSubstr("is not paused")));
}

TEST(ContainerPause, OneThatCannotBeFrozenGoesOn) {
  LifecycleUnderTest t;
  t.Running("web");
  t.Record("ended");
  t.OpenWithRecords();
  t.runtime.failures["Freeze"] = absl::InternalError("no freezer");
  EXPECT_THAT(t.engine->SetPaused(Call(), "web", true, PausedBy::kUser),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(t.engine->Find("web")->state.status, EngineStatus::kRunning);
  EXPECT_THAT(t.engine->SetPaused(Call(), "ended", true, PausedBy::kUser),
              StatusIs(kRefused, HasSubstr("is not running")));
  EXPECT_THAT(t.engine->SetPaused(Call(), "ended", false, PausedBy::kCommit), IsOk());
}

TEST(ContainerPause, OneOfAPodIsKnownByItsFreezer) {
  LifecycleUnderTest t;
  t.OpenWithRecords();
  const std::string id(64, 'a');
  runtime::ContainerSnapshot& container = t.pods.containers.emplace_back();
  container.id = id;
  container.state = ::runtime::v1::CONTAINER_RUNNING;
  ContainerEngine& engine = *t.engine;
  t.pods.are_frozen = true;  // by a user: a commit has nothing to pause, and nothing to end
  EXPECT_EQ(engine.FindAny(id)->state.status, EngineStatus::kPaused);
  EXPECT_THAT(engine.SetPaused(Call(), id, true, PausedBy::kUser),
              StatusIs(kRefused, HasSubstr("is already paused")));
  t.pods.are_frozen = false;
  EXPECT_THAT(engine.SetPaused(Call(), id, false, PausedBy::kCommit), IsOk());
  EXPECT_THAT(t.pods.calls, Not(Contains("Thaw " + id)));
  EXPECT_THAT(engine.SetPaused(Call(), id, false, PausedBy::kUser),
              StatusIs(kRefused, HasSubstr("is not paused")));
  EXPECT_THAT(engine.SetPaused(Call(), id, true, PausedBy::kCommit), IsOk());
  EXPECT_THAT(t.pods.calls, Contains("Freeze " + id));
}

}  // namespace
}  // namespace berth::cri
