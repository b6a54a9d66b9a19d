// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "gtest/gtest.h"

#include "cri/cli/command_list.h"
#include "tests/unit/cri/cli/fake_daemon.h"
#include "tests/unit/cri/cli/fake_engine.h"

namespace berth::cli {

// A verb beside a daemon with two containers that run: CRI's "web" (c1, in a pod of `berth run`)
// and "db" (e1) of docker's clients.
struct CommandUnderTest {
  explicit CommandUnderTest(AddCommand* add_verb) : add(add_verb) {
    daemon.AddPod("p1", "web", true);
    daemon.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
    engine.Answer(
        "GET /containers/db/json",
        R"({"Id":"e1","Name":"/db","Config":{"Tty":false},"NetworkSettings":)"
        R"({"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"81/tcp":null}}})");
  }

  // Carries a command line out; what it has printed is in `printed`.
  absl::StatusOr<int> Run(const std::string& command_line) {
    CLI::App root;
    Chosen chosen;
    add(root, chosen);
    root.parse(command_line);
    testing::internal::CaptureStdout();
    absl::StatusOr<int> code = chosen.run(Session{daemon.Address()});
    printed = testing::internal::GetCapturedStdout();
    return code;
  }

  AddCommand* const add;
  FakeDaemon daemon;
  FakeEngine engine{daemon.Address()};
  std::string printed;
};

}  // namespace berth::cli
