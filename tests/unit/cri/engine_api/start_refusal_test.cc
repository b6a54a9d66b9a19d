// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/start_refusal.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

TEST(StartRefusal, SpeaksDockersLanguage) {
  const absl::Status absent =
      StartRefusal(absl::InternalError("start container c: execute (x): No such file or directory"),
                   "run: ", "x");
  EXPECT_THAT(absent, test::StatusIs(absl::StatusCode::kInvalidArgument,
                                     "run: exec: \"x\": executable file not found in $PATH"));
  EXPECT_EQ(CodeOfRefusal(absent), 127);
  const absl::Status by_crun = StartRefusal(
      absl::InternalError("run the program that starts it: exit code 1: executable file `x` not "
                          "found in $PATH: No such file or directory"),
      "", "x");
  EXPECT_EQ(CodeOfRefusal(by_crun), 127);
  EXPECT_EQ(CodeOfRefusal(StartRefusal(absl::InternalError("execute: Permission denied"), "", "x")),
            126);
  EXPECT_EQ(CodeOfRefusal(absl::InternalError("mount (/x): No such file or directory")), 128);
}

}  // namespace
}  // namespace berth::cri
