// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/systemd_scope.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "base/sys/socket.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

TEST(SliceCgroup, IsBelowTheSlicesThatItsNameNames) {
  EXPECT_THAT(SliceCgroup("berth.slice"), test::IsOkAndHolds("/berth.slice"));
  EXPECT_THAT(SliceCgroup("kubepods-burstable-pod1_2.slice"),
              test::IsOkAndHolds("/kubepods.slice/kubepods-burstable.slice/"
                                 "kubepods-burstable-pod1_2.slice"));
}

TEST(SliceCgroup, TakesThePathThatTheKubeletGives) {
  EXPECT_THAT(SliceCgroup("/kubepods.slice/kubepods-podX.slice"),
              test::IsOkAndHolds("/kubepods.slice/kubepods-podX.slice"));
  EXPECT_THAT(SliceCgroup("/berth.slice"), test::IsOkAndHolds("/berth.slice"));
}

TEST(SliceCgroup, RefusesWhatIsNoSlice) {
  for (const char* name :
       {"", "/", "/berth", "berth", ".slice", "-.slice", "a--b.slice", "-a.slice", "a-.slice",
        "a b.slice", "a\n.slice", "/other.slice/a-b.slice", "/a.slice/x/a-b.slice", "a.slice/x"}) {
    EXPECT_THAT(SliceCgroup(name),
                test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no systemd slice")))
        << name;
  }
  EXPECT_THAT(SliceCgroup(std::string(300, 'a') + ".slice"),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
}

// With systemd it is tried in the virtual machine (tests/vm).
TEST(Scopes, NeedSystemd) {
  ASSERT_EQ(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere", 1), 0);
  EXPECT_THAT(StartScope(Call::WithTimeout(absl::Seconds(10)), "/berth.slice/a.scope", getpid()),
              test::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("system's D-Bus")));
  EXPECT_THAT(StopScope(Call::WithTimeout(absl::Seconds(10)), "/berth.slice/a.scope"),
              test::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("system's D-Bus")));
  unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

TEST(Scopes, OfABusThatDoesNotAnswerAreNotWaitedForLongerThanTheCallerDoes) {
  test::TempDir dir;
  const std::string path = dir.Join("bus");
  const auto bus = sys::ListenAt(path.c_str(), 0600, 1, SOCK_STREAM);
  ASSERT_TRUE(bus.ok());
  ASSERT_EQ(setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + path).c_str(), 1), 0);
  int looks = 0;
  const Call call(SteadyNow() + absl::Seconds(60), [&] { return ++looks > 2; });
  const absl::Time begin = SteadyNow();
  EXPECT_THAT(StartScope(call, "/berth.slice/a.scope", getpid()),
              test::StatusIs(absl::StatusCode::kCancelled));
  EXPECT_LT(SteadyNow() - begin, absl::Seconds(10));
  unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

}  // namespace
}  // namespace berth::runtime
