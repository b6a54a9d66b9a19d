// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/session.h"

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/fake_daemon.h"

namespace berth::cli {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

TEST(Session, ServesTheEngineApiWhereTheDaemonSays) {
  FakeDaemon daemon;
  daemon.config = R"({"docker.address":"/else/docker.sock"})";
  setenv("DOCKER_HOST", "unix:///run/docker.sock", 1);  // another daemon's
  EXPECT_THAT(Session(daemon.Address()).EngineSocket(), IsOkAndHolds("/else/docker.sock"));
  EXPECT_EQ(Session(daemon.Address()).Engine()->socket_path(), "/else/docker.sock");
  unsetenv("DOCKER_HOST");
}

TEST(Session, ServesItBesideTheDaemonWhereThatDoesNotSay) {
  FakeDaemon daemon;
  const std::string beside =
      daemon.Address().substr(0, daemon.Address().rfind('/')) + "/docker.sock";
  for (const char* config : {"", "no JSON", "[]", R"({"docker.address":7})"}) {
    daemon.config = config;
    EXPECT_THAT(Session(daemon.Address()).EngineSocket(), IsOkAndHolds(beside)) << config;
  }
  EXPECT_THAT(Session("unix:///x/berth.sock").EngineSocket(), IsOkAndHolds("/x/docker.sock"));
  EXPECT_THAT(Session("tcp://host").EngineSocket(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Session, KnowsADaemonThatServesNone) {
  FakeDaemon daemon;
  daemon.config = R"({"docker.address":"off"})";
  const Session session(daemon.Address());
  EXPECT_THAT(session.EngineSocket(), IsOkAndHolds(""));
  EXPECT_THAT(session.Engine(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("docker.address is \"off\"")));
}

TEST(Session, AsksOnce) {
  FakeDaemon daemon;
  daemon.config = R"({"docker.address":"/a.sock"})";
  const Session session(daemon.Address());
  EXPECT_THAT(session.EngineSocket(), IsOkAndHolds("/a.sock"));
  daemon.config = R"({"docker.address":"/b.sock"})";
  EXPECT_THAT(session.EngineSocket(), IsOkAndHolds("/a.sock"));
}

}  // namespace
}  // namespace berth::cli
