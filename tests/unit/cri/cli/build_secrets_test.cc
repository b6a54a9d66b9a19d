// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_secrets.h"

#include <stdlib.h>

#include "gmock/gmock.h"

#include "imageservice/build/build_limits.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cli {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

TEST(BuildSecrets, ComeFromFilesAndTheEnvironment) {
  test::TempDir space;
  const std::string path = space.Write("f", "of a file");
  setenv("BERTH_TEST_SECRET", "of a variable", 1);
  EXPECT_THAT(BuildSecretsHeader({}, {}), IsOkAndHolds(""));
  EXPECT_THAT(BuildSecretsHeader({"id=a,src=" + path, "type=env,id=b,env=BERTH_TEST_SECRET",
                                  "id=BERTH_TEST_SECRET"},
                                 {"default=/run/agent"}),
              IsOkAndHolds(R"({"agents":{"default":"/run/agent"},"secrets":{)"
                           R"("BERTH_TEST_SECRET":"b2YgYSB2YXJpYWJsZQ==",)"
                           R"("a":"b2YgYSBmaWxl","b":"b2YgYSB2YXJpYWJsZQ=="}})"));
}

TEST(BuildSecrets, SayWhatIsMissing) {
  unsetenv("SSH_AUTH_SOCK");
  const auto says = [](absl::StatusCode code, const char* what) {
    return StatusIs(code, HasSubstr(what));
  };
  EXPECT_THAT(BuildSecretsHeader({"src=x"}, {}), says(absl::StatusCode::kInvalidArgument, "no id"));
  EXPECT_THAT(BuildSecretsHeader({"id=x,file=y"}, {}),
              says(absl::StatusCode::kInvalidArgument, "unexpected file=y"));
  EXPECT_THAT(BuildSecretsHeader({"id=x,src=/no/such"}, {}),
              says(absl::StatusCode::kNotFound, "id=x"));
  EXPECT_THAT(BuildSecretsHeader({"id=x,env=BERTH_NO_SUCH"}, {}),
              says(absl::StatusCode::kNotFound, "BERTH_NO_SUCH"));
  EXPECT_THAT(BuildSecretsHeader({}, {"default"}),
              says(absl::StatusCode::kInvalidArgument, "no agent"));
  test::TempDir space;
  const std::string path = space.Write("f", std::string(imageservice::kMaxSecrets, 'x'));
  EXPECT_THAT(BuildSecretsHeader({"id=a,src=" + path, "id=b,src=" + path}, {}),
              says(absl::StatusCode::kInvalidArgument, "at most"));
}

}  // namespace
}  // namespace berth::cli
