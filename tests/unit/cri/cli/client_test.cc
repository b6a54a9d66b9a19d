// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/client.h"

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(SocketPath, TakesTheUsualForms) {
  for (const char* address : {"unix:///run/x.sock", "unix:/run/x.sock", "/run/x.sock"}) {
    EXPECT_EQ(*SocketPath(address), "/run/x.sock") << address;
  }
}

TEST(SocketPath, RefusesTheRest) {
  for (const char* address : {"", "x.sock", "tcp://1.2.3.4:5", "unix:x.sock"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(SocketPath(address).status())) << address;
  }
}

TEST(Connect, SaysHowToStartADaemonThatIsNotThere) {
  const absl::Status status = Client::Connect("unix:///nowhere/berth.sock").status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_TRUE(absl::StrContains(status.message(), "No such file or directory")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "systemctl start berthd")) << status;
}

TEST(Connect, RefusesAPathThatNoSocketCanHave) {
  EXPECT_TRUE(absl::IsInvalidArgument(Client::Connect("/" + std::string(200, 'x')).status()));
}

}  // namespace
}  // namespace berth::cli
