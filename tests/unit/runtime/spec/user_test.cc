// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/user.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

namespace berth::runtime {
namespace {

using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

RootFileReader Image() {
  return ImageFiles({
      {"/etc/passwd",
       "root:x:0:0:root:/root:/bin/sh\n"
       "app:x:1000:1001:app:/home/app:/bin/sh\n"
       "1234:x:0:0:a trap:/:/bin/sh\n"
       "huge:x:4294967296:0::/:\n"},
      {"/etc/group",
       "root:x:0:\nusers:x:100:app,other\nwheel:x:10:other, app\napp:x:1001:\n5:x:0:app\n"},
  });
}

v1::LinuxContainerSecurityContext Asking(int64_t uid) {
  v1::LinuxContainerSecurityContext security;
  security.mutable_run_as_user()->set_value(uid);
  return security;
}

TEST(User, OfTheImage) {
  struct Case {
    const char* image_user;
    uint32_t uid;
    uint32_t gid;
    std::vector<uint32_t> groups;
    const char* home;
  };
  const Case cases[] = {
      {"", 0, 0, {0}, "/root"},
      {"app", 1000, 1001, {1001, 100, 10, 0}, "/home/app"},
      {"1000", 1000, 1001, {1001, 100, 10, 0}, "/home/app"},
      {"app:users", 1000, 100, {100, 10, 0}, "/home/app"},
      {"app:7", 1000, 7, {7, 100, 10, 0}, "/home/app"},
      {"4242", 4242, 0, {0}, ""},
      {"4242:4343", 4242, 4343, {4343}, ""},
      {"1234", 1234, 0, {0}, ""},  // a number, though a user of that name exists
      {"app:5", 1000, 5, {5, 100, 10, 0}, "/home/app"},  // the same for a group
      {":100", 0, 100, {100}, "/root"},
      {"2147483647", 2147483647, 0, {0}, ""},
  };
  for (const Case& c : cases) {
    ASSERT_OK_AND_ASSIGN(const ResolvedUser user, PlanUser({}, c.image_user, Image()));
    EXPECT_EQ(user.uid, c.uid) << c.image_user;
    EXPECT_EQ(user.gid, c.gid) << c.image_user;
    EXPECT_EQ(user.groups, c.groups) << c.image_user;
    EXPECT_EQ(user.home, c.home) << c.image_user;
  }
}

TEST(User, RefusesUnknownNamesAndNumbersOutOfRange) {
  const std::pair<const char*, const char*> cases[] = {
      {"nobody", "is not in the image's /etc/passwd"},
      {"app:nogroup", "is not in the image's /etc/group"},
      {"huge", "is not in the image's /etc/passwd"},
      {"2147483648", "is not in 0"},
      {"4294967296", "is not in 0"},
      {"99999999999999999999", "is not in 0"},
      {"-1", "is not in 0"},
      {"0:4294967296", "is not in 0"},
      {"0:-1", "is not in 0"},
      {"+5", "is not in the image's /etc/passwd"},
      {"0x0", "is not in the image's /etc/passwd"},
      {" 0", "is not in the image's /etc/passwd"},
  };
  for (const auto& [image_user, message] : cases) {
    EXPECT_THAT(PlanUser({}, image_user, Image()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)))
        << image_user;
  }
}

TEST(User, TheRequestCountsBeforeTheImage) {
  ASSERT_OK_AND_ASSIGN(ResolvedUser user, PlanUser(Asking(1000), "root", Image()));
  EXPECT_EQ(user.uid, 1000u);
  EXPECT_EQ(user.gid, 1001u);
  v1::LinuxContainerSecurityContext security;
  security.set_run_as_username("app");
  ASSERT_OK_AND_ASSIGN(user, PlanUser(security, "root:root", Image()));
  EXPECT_EQ(user.uid, 1000u);
  EXPECT_EQ(user.gid, 1001u);
  security.mutable_run_as_group()->set_value(55);
  ASSERT_OK_AND_ASSIGN(user, PlanUser(security, "root:root", Image()));
  EXPECT_EQ(user.gid, 55u);
  EXPECT_EQ(user.groups.front(), 55u);
}

TEST(User, AGroupNeedsAUser) {
  v1::LinuxContainerSecurityContext security;
  security.mutable_run_as_group()->set_value(55);
  EXPECT_THAT(PlanUser(security, "app", Image()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("without a user")));
}

TEST(User, RequestedNumbersAreChecked) {
  EXPECT_FALSE(PlanUser(Asking(-1), "", Image()).ok());
  EXPECT_FALSE(PlanUser(Asking(int64_t{1} << 31), "", Image()).ok());
  EXPECT_FALSE(PlanUser(Asking(int64_t{1} << 32), "", Image()).ok());
  v1::LinuxContainerSecurityContext security;
  security.add_supplemental_groups(int64_t{1} << 32);
  EXPECT_FALSE(PlanUser(security, "", Image()).ok());
}

TEST(User, MergesGivenGroupsWithThoseOfTheImage) {
  v1::LinuxContainerSecurityContext security = Asking(1000);
  security.add_supplemental_groups(2000);
  security.add_supplemental_groups(100);
  security.add_supplemental_groups(2000);
  ASSERT_OK_AND_ASSIGN(ResolvedUser user, PlanUser(security, "", Image()));
  EXPECT_THAT(user.groups, ElementsAre(1001, 2000, 100, 10, 0));
  security.set_supplemental_groups_policy(v1::Strict);
  ASSERT_OK_AND_ASSIGN(user, PlanUser(security, "", Image()));
  EXPECT_THAT(user.groups, ElementsAre(1001, 2000, 100));
}

TEST(User, AnImageWithoutTheFilesHasNumbersOnly) {
  ASSERT_OK_AND_ASSIGN(const ResolvedUser user, PlanUser(Asking(7), "", ImageFiles({})));
  EXPECT_EQ(user.uid, 7u);
  EXPECT_THAT(user.groups, ElementsAre(0));
  EXPECT_FALSE(PlanUser({}, "app", ImageFiles({})).ok());
}

TEST(User, GroupsAreFoundByNameOrNumber) {
  const RootFileReader files = ImageFiles({{"/etc/group", "audio:x:29:\nvideo:x:44:\n"}});
  EXPECT_THAT(FindGroups({"video", "7", "audio"}, files).value(), ElementsAre(44, 7, 29));
  EXPECT_THAT(FindGroups({}, files).value(), ElementsAre());
  EXPECT_THAT(FindGroups({"none"}, files),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("group none")));
  EXPECT_FALSE(FindGroups({""}, files).ok());
}

TEST(User, FilesThatAreTooLargeAreRefused) {
  const RootFileReader large = ImageFiles({{"/etc/group", std::string(kMaxUserFile + 1, 'x')}});
  EXPECT_THAT(PlanUser({}, "", large), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
