// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/command_outcome.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace berth::cli {
namespace {

using test::IsOkAndHolds;
using test::StatusIs;

TEST(ReadCommandOutcome, FindsTheExitCode) {
  const struct {
    const char* json;
    int code;
  } kCases[] = {
      {R"({"metadata":{},"status":"Success"})", 0},
      {R"({"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[
           {"reason":"Other","message":"4"},{"reason":"ExitCode","message":"3"}]}})",
       3},
  };
  for (const auto& test_case : kCases) {
    EXPECT_THAT(ReadCommandOutcome(test_case.json), IsOkAndHolds(test_case.code));
  }
}

TEST(ReadCommandOutcome, SaysWhyThereIsNone) {
  const struct {
    const char* json;
    absl::StatusCode code;
    const char* message;
  } kCases[] = {
      {R"({"status":"Failure","reason":"InternalError","message":"no such program","code":500})",
       absl::StatusCode::kInternal, "no such program"},
      {R"({"status":"Failure","message":"odd","details":{"causes":[
           {"reason":"ExitCode","message":"many"}, 7]}})",
       absl::StatusCode::kInternal, "odd"},
      {"{}", absl::StatusCode::kInternal, "the command failed"},
      {"", absl::StatusCode::kUnavailable,
       "the daemon ended the stream without saying how the command ended"},
      {R"({"status":"Succ)", absl::StatusCode::kUnavailable,
       "the daemon ended the stream without saying how the command ended"},
  };
  for (const auto& test_case : kCases) {
    EXPECT_THAT(ReadCommandOutcome(test_case.json), StatusIs(test_case.code, test_case.message));
  }
}

}  // namespace
}  // namespace berth::cli
