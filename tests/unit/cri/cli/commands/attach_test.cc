// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/attach.h"

#include "gmock/gmock.h"

#include "cri/cli/command_list.h"
#include "tests/unit/cri/cli/fake_daemon.h"

namespace berth::cli {
namespace {

// What the daemon is asked for when a command line is carried out; its answer is no stream.
std::vector<std::string> CallsOf(const std::string& command_line) {
  FakeDaemon daemon;
  daemon.AddPod("p1", "web", true);
  daemon.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
  daemon.info = R"({"config":{"stdin":true}})";
  CLI::App root;
  Chosen chosen;
  AddAttach(root, chosen);
  root.parse(command_line);
  EXPECT_FALSE(chosen.run(Session{daemon.Address()}).ok());
  return daemon.Calls();
}

TEST(AttachCommand, TakesTheContainersInputUnlessToldNotTo) {
  EXPECT_THAT(CallsOf("attach web"), ::testing::ElementsAre("attach c1 stdin stdout stderr"));
  EXPECT_THAT(CallsOf("attach --no-stdin web"), ::testing::ElementsAre("attach c1 stdout stderr"));
  EXPECT_THAT(CallsOf("attach other"), ::testing::IsEmpty());
}

}  // namespace
}  // namespace berth::cli
