// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/hooks.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/json.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

HookPlan Hook(std::string path, std::vector<std::string> arguments = {},
              std::vector<std::string> environment = {}) {
  return {std::move(path), std::move(arguments), std::move(environment)};
}

TEST(Hooks, BringTheirBundleAndState) {
  v1::ContainerConfig container;
  (*container.mutable_annotations())["a\"b"] = "c";
  LaunchPlan plan;
  plan.container_id = "id";
  ASSERT_THAT(
      PlanHooks({Hook("/bin/one", {"one"}, {"A=b"}), Hook("/bin/two")}, container, "/b", {}, plan),
      IsOk());
  ASSERT_EQ(plan.hooks.size(), 2u);
  EXPECT_THAT(plan.hooks[0].arguments, ElementsAre("one"));
  EXPECT_THAT(plan.hooks[1].arguments, ElementsAre("/bin/two"));
  EXPECT_EQ(plan.bundle, "/b");
  const absl::StatusOr<Json> state = ParseJson(absl::StrCat(plan.hook_state, "7}"), 4096);
  ASSERT_THAT(state, IsOk());
  EXPECT_EQ(JsonString(*state, "ociVersion"), kOciVersion);
  EXPECT_EQ(JsonString(*state, "id"), "id");
  EXPECT_EQ(JsonString(*state, "status"), "creating");
  EXPECT_EQ(JsonString(*state, "bundle"), "/b");
  EXPECT_EQ(JsonInteger(*state, "pid"), 7);
  EXPECT_EQ(JsonString(JsonObject(*state, "annotations"), "a\"b"), "c");
}

TEST(Hooks, AreNoneInMostPlans) {
  LaunchPlan plan;
  ASSERT_THAT(PlanHooks({}, {}, "/b", {100000, 65536}, plan), IsOk());
  EXPECT_EQ(plan.bundle, "");
  EXPECT_EQ(plan.hook_state, "");
}

TEST(Hooks, AreRefusedWhereTheyCannotRun) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  LaunchPlan plan;
  const auto planned = [&](HookPlan hook) {
    return PlanHooks({std::move(hook)}, {}, "/b", {}, plan);
  };
  EXPECT_THAT(planned(Hook("hook")), StatusIs(kInvalid, HasSubstr("\"hook\" is no absolute path")));
  EXPECT_THAT(planned(Hook(std::string("/h\0k", 4))), StatusIs(kInvalid));
  EXPECT_THAT(planned(Hook("/h", {std::string("\0", 1)})), StatusIs(kInvalid, HasSubstr("NUL")));
  EXPECT_THAT(planned(Hook("/h", {}, {std::string("\0", 1)})),
              StatusIs(kInvalid, HasSubstr("NUL")));
  EXPECT_THAT(PlanHooks(std::vector<HookPlan>(kMaxHooks + 1, Hook("/h")), {}, "/b", {}, plan),
              StatusIs(kInvalid, HasSubstr("over the limit")));
  EXPECT_THAT(PlanHooks({Hook("/h")}, {}, "/b", {100000, 65536}, plan),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("user namespace")));
  EXPECT_TRUE(plan.hooks.empty());
}

}  // namespace
}  // namespace berth::runtime
