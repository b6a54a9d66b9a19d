// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/run_mount.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;
using Type = RunMount::Type;

RunMount Parse(absl::string_view text) {
  absl::StatusOr<RunMount> mount = ParseRunMount(
      text, [](absl::string_view word) { return word == "$X" ? "value" : std::string(word); });
  EXPECT_TRUE(mount.ok()) << mount.status();
  return mount.value_or(RunMount());
}

TEST(RunMount, HasItsDefaults) {
  const RunMount bind = Parse("target=/src");
  EXPECT_EQ(bind.type, Type::kBind);
  EXPECT_EQ(bind.target, "/src");
  EXPECT_TRUE(bind.read_only);
  EXPECT_FALSE(Parse("type=cache,target=/c").read_only);
  EXPECT_FALSE(Parse("type=tmpfs,target=/c").read_only);
  EXPECT_TRUE(Parse("type=secret,id=s").read_only);
}

TEST(RunMount, HasWhatIsSaid) {
  const RunMount cache =
      Parse("id=$X,TYPE=Cache,dst=/c,sharing=locked,from=base,src=a,ro,mode=0755,uid=1,gid=2");
  EXPECT_EQ(cache.type, Type::kCache);
  EXPECT_EQ(cache.id, "value");
  EXPECT_EQ(cache.target, "/c");
  EXPECT_EQ(cache.sharing, RunMount::Sharing::kLocked);
  EXPECT_EQ(cache.from, "base");
  EXPECT_EQ(cache.source, "a");
  EXPECT_TRUE(cache.read_only);
  EXPECT_EQ(cache.mode, 0755u);
  EXPECT_EQ(cache.uid, 1u);
  EXPECT_EQ(cache.gid, 2u);
  EXPECT_EQ(Parse("size=10m,type=tmpfs,target=/t").size, 10 << 20);
  EXPECT_FALSE(Parse("rw=true,target=/t").read_only);
  EXPECT_EQ(Parse("type=cache,target=/c,source=/").source, "/");
  const RunMount secret = Parse("type=secret,id=s,env=TOKEN,required");
  EXPECT_EQ(secret.environment, "TOKEN");
  EXPECT_TRUE(secret.required);
  EXPECT_EQ(Parse(R"("target=/a,b")").target, "/a,b");
}

TEST(RunMount, RefusesTheRest) {
  const std::pair<const char*, const char*> cases[] = {
      {"type=bnd,target=/a", "unsupported mount type \"bnd\"; did you mean bind?"},
      {"type=cache,sharing=x", "unsupported sharing value \"x\""},
      {"tagret=/a", "unexpected key 'tagret' in 'tagret=/a'; did you mean target?"},
      {"target", "invalid field 'target' must be a key=value pair"},
      {"size=1,target=/a", "unexpected key 'size' for mount type 'bind'"},
      {"type=tmpfs,size=x", "\"x\" is no size"},
      {"type=tmpfs,required", "unexpected key 'required' for mount type 'tmpfs'"},
      {"ro=maybe", "invalid value for ro: maybe"},
      {"type=cache,mode=9", "invalid value 9 for mode"},
      {"type=cache,uid=-1", "invalid value -1 for uid"},
      {"type=cache,target=/a,source=/b", "invalid cache mount: source=/b needs a from"},
      {"mode=755,target=/a", "mode not allowed for \"bind\" type mounts"},
      {"type=tmpfs,sharing=shared", "invalid cache sharing set for tmpfs mount"},
      {"type=secret", "one of source, target required"},
      {"type=secret,id=a,source=b", "both source and id can't be set"},
      {"type=secret,id=a,from=b", "should not have a from"},
      {"\"target=/a", "a quote has no end"},
  };
  for (const auto& [text, error] : cases) {
    EXPECT_THAT(CheckRunMount(text), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(error)))
        << text;
  }
}

TEST(CheckRunMount, LeavesVariablesForLater) {
  EXPECT_THAT(CheckRunMount("type=$T,target=$X"), IsOk());
  EXPECT_THAT(CheckRunMount("from=$X"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("'from' doesn't support variable expansion")));
}

TEST(RunMountKey, DiffersInAnyField) {
  const char* kMounts[] = {
      "type=secret,id=s,target=/t",
      "type=cache,id=s,target=/t",
      "type=secret,id=r,target=/t",
      "type=secret,id=s,target=/u",
      "type=secret,id=s,target=/t,env=E",
      "type=secret,id=s,target=/t,required",
      "type=secret,id=s,target=/t,mode=0400",
      "type=secret,id=s,target=/t,uid=0",
      "type=secret,id=s,target=/t,gid=0",
      "type=tmpfs,target=/t",
      "type=tmpfs,target=/t,size=1m",
      "type=cache,id=s,target=/t,ro",
      "type=cache,id=s,target=/t,sharing=private",
      "type=cache,id=s,target=/t,from=a",
      "type=cache,id=s,target=/t,from=a,source=a",
      "target=/t",
      "target=/t,rw",
  };
  std::set<std::string> keys;
  for (const char* mount : kMounts) {
    EXPECT_TRUE(keys.insert(RunMountKey(Parse(mount))).second) << mount;
    EXPECT_EQ(keys.count(RunMountKey(Parse(mount))), 1u);
  }
}

}  // namespace
}  // namespace berth::imageservice
