// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/secret_place.h"

#include <filesystem>

#include "gmock/gmock.h"

#include "base/command.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(SecretPlace, IsOnATmpfsAndHoldsNothingOld) {
  test::TempDir state;
  absl::StatusOr<std::string> place = OpenSecretPlace(state.path(), state.path());
  ASSERT_THAT(place, IsOk());
  if (place->empty()) {
    GTEST_SKIP() << "no tmpfs here";
  }
  EXPECT_THAT(*place, AnyOf(StartsWith(state.path()), StartsWith("/dev/shm/")));
  std::filesystem::create_directories(*place + "left/over");
  EXPECT_THAT(OpenSecretPlace(state.path(), "/another/root"), IsOk());
  EXPECT_TRUE(std::filesystem::exists(*place + "left/over"));
  EXPECT_THAT(OpenSecretPlace(state.path(), state.path()), IsOkAndHolds(*place));
  EXPECT_FALSE(std::filesystem::exists(*place + "left"));
}

TEST(SecretScript, SetsVariablesToWhatTheyAre) {
  std::string script = kScriptStart;
  ASSERT_THAT(AddToScript("A", Secret("it's $HOME\n\\ \"x\"'"), script), IsOk());
  ASSERT_THAT(AddToScript("B_2", Secret(""), script), IsOk());
  script += kScriptEnd;
  const absl::StatusOr<CommandResult> told =
      RunCommand(Call(), {.arguments = {"/bin/sh", "-c", script, "sh", "/bin/sh", "-c",
                                        "printf '[%s][%s]' \"$A\" \"$B_2\""},
                          .environment = {},
                          .input = ""});
  ASSERT_THAT(told, IsOk());
  EXPECT_EQ(told->out, "[it's $HOME\n\\ \"x\"'][]");
}

TEST(SecretScript, RefusesWhatIsNoVariable) {
  std::string script;
  for (const char* bad : {"", "1A", "A-B", "A=1;x", "A B"}) {
    EXPECT_THAT(AddToScript(bad, Secret("x"), script), StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
  EXPECT_THAT(AddToScript("A", Secret(std::string("a\0b", 3)), script),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("zero byte")));
  EXPECT_EQ(script, "");
}

}  // namespace
}  // namespace berth::imageservice
