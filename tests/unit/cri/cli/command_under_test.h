// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

#include "base/status.h"
#include "cri/cli/command_line.h"
#include "tests/unit/cri/cli/fake_daemon.h"
#include "tests/unit/cri/cli/fake_engine.h"

namespace berth::cli {

// `berth` beside a daemon with two containers that run: CRI's "web" (c1, in a pod of `berth run`)
// and "db" (e1) of docker's clients.
struct CommandUnderTest {
  CommandUnderTest() {
    daemon.AddPod("p1", "web", true);
    daemon.AddContainer("c1", "p1", "web", v1::CONTAINER_RUNNING);
    engine.Answer(
        "GET /containers/db/json",
        R"({"Id":"e1","Name":"/db","Config":{"Tty":false},"NetworkSettings":)"
        R"({"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"81/tcp":null}}})");
  }

  // Carries a command line out; what it has printed is in `printed`.
  absl::StatusOr<int> Run(const std::string& command_line) {
    Session session{daemon.Address()};
    Verb program("berth");
    DeclareProgram(program, session);
    Chosen chosen;
    RETURN_IF_ERROR(ParseCommandLine(program, absl::StrSplit(command_line, ' '), chosen).status());
    testing::internal::CaptureStdout();
    absl::StatusOr<int> code = chosen.run(session);
    printed = testing::internal::GetCapturedStdout();
    return code;
  }

  FakeDaemon daemon;
  FakeEngine engine{daemon.Address()};
  std::string printed;
};

}  // namespace berth::cli
