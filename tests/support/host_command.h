// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

#include "base/call.h"
#include "base/command.h"
#include "tests/support/status_matchers.h"

namespace berth::test {

// Runs a program of the host, which has to succeed; what it says on stdout.
inline std::string RunOnHost(const std::vector<std::string>& arguments) {
  Command command;
  command.arguments = arguments;
  command.environment = {kHostPath};
  const auto result = RunCommand(Call::WithTimeout(absl::Seconds(30)), command);
  EXPECT_THAT(result, IsOk());
  EXPECT_TRUE(result.ok() && result->exit_code == 0)
      << testing::PrintToString(arguments) << (result.ok() ? result->err : "");
  return result.ok() ? result->out : "";
}

}  // namespace berth::test
