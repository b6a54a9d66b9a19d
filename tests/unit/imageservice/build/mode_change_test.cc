// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/mode_change.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

mode_t Changed(absl::string_view text, mode_t mode, bool is_directory = false) {
  const absl::StatusOr<ModeChange> change = ModeChange::Parse(text);
  EXPECT_THAT(change, IsOk()) << text;
  return change.ok() ? change->Apply(mode, is_directory) : 0;
}

TEST(ModeChange, AnOctalNumberIsTheMode) {
  EXPECT_EQ(Changed("755", 0644), mode_t{0755});
  EXPECT_EQ(Changed("0", 07777), mode_t{0});
  EXPECT_EQ(Changed("07777", 0), mode_t{07777});
}

TEST(ModeChange, SymbolsChangeWhatThereWas) {
  EXPECT_EQ(Changed("u+x", 0644), mode_t{0744});
  EXPECT_EQ(Changed("go=", 0755), mode_t{0700});
  EXPECT_EQ(Changed("a-w,u+x", 0644), mode_t{0544});
  EXPECT_EQ(Changed("+x", 0600), mode_t{0711});
  EXPECT_EQ(Changed("u=rwx,go=rx", 0), mode_t{0755});
  EXPECT_EQ(Changed("u+r-w", 0200), mode_t{0400});
}

TEST(ModeChange, CopiesBitsOfOthers) {
  EXPECT_EQ(Changed("g=u", 0750), mode_t{0770});
  EXPECT_EQ(Changed("o=g,g-u", 0652), mode_t{0615});
}

TEST(ModeChange, SearchIsForDirectoriesAndWhatIsExecutable) {
  EXPECT_EQ(Changed("a=rX", 0640), mode_t{0444});
  EXPECT_EQ(Changed("a=rX", 0740), mode_t{0555});
  EXPECT_EQ(Changed("u=rwX,go=", 0640, true), mode_t{0700});
}

TEST(ModeChange, SpecialBitsGoWithTheirOwners) {
  EXPECT_EQ(Changed("u+s", 0755), mode_t{04755});
  EXPECT_EQ(Changed("g+s,+t", 0755), mode_t{03755});
  EXPECT_EQ(Changed("o+s", 0755), mode_t{0755});
  EXPECT_EQ(Changed("u=rwx", 04755), mode_t{0755});
  EXPECT_EQ(Changed("a=r", 07777), mode_t{01444});  // nobody has named the sticky bit
}

TEST(ModeChange, RefusesTheRest) {
  for (const char* bad : {"", "8", "17777", "000755"}) {
    EXPECT_THAT(ModeChange::Parse(bad),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("octal string")))
        << bad;
  }
  for (const char* bad : {"x", "u", "u~x", "u+x,", ",u+x", "u+y", "u+x go=", "b+x"}) {
    EXPECT_THAT(ModeChange::Parse(bad),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("invalid syntax")))
        << bad;
  }
}

}  // namespace
}  // namespace berth::imageservice
