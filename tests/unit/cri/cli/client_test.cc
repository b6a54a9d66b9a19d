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

TEST(InfoIn, IsWhatAVerboseStatusSays) {
  v1::ContainerStatusResponse status;
  EXPECT_TRUE(InfoIn(status).empty());
  for (const char* no_object : {"", "no JSON", "[1]"}) {
    (*status.mutable_info())["info"] = no_object;
    EXPECT_TRUE(InfoIn(status).is_object() && InfoIn(status).empty()) << no_object;
  }
  (*status.mutable_info())["info"] = R"({"pid": 7})";
  EXPECT_EQ(InfoIn(status)["pid"], 7);
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
