// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/exit_watch.h"

#include "gtest/gtest.h"

#include "tests/unit/cri/cli/fake_daemon.h"

namespace berth::cli {
namespace {

TEST(ExitWatch, KnowsNoContainerThatThereIsNot) {
  FakeDaemon daemon;
  const Client client = daemon.Connect();
  EXPECT_TRUE(absl::IsNotFound(ExitWatch::Open(client, "c1").status()));
}

TEST(ExitWatch, SaysThatItRunsAndThatItHasEnded) {
  FakeDaemon daemon;
  daemon.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
  const Client client = daemon.Connect();
  ExitWatch watch = ExitWatch::Open(client, "c1").value();
  EXPECT_FALSE(watch.Ended().value().has_value());
  daemon.is_going = true;  // and another one may come
  EXPECT_TRUE(absl::IsUnavailable(watch.Ended().status())) << watch.Ended().status();
  daemon.is_going = false;
  daemon.SetState("c1", v1::CONTAINER_EXITED);
  ASSERT_TRUE(watch.Ended().value().has_value());
  EXPECT_EQ(watch.Await().value().state(), v1::CONTAINER_EXITED);
}

}  // namespace
}  // namespace berth::cli
