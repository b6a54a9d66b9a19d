// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim_launcher.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/random_id.h"
#include "base/sys/clock.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/shim_client.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

constexpr char kShim[] = BERTH_BIN_DIR "/berth-shim";

PodPlan Plan(const test::TempDir& dir) {
  PodPlan plan;
  plan.pod_id = std::string(64, 'a');
  plan.directory = dir.path();
  plan.oom_score_adj = 0;
  return plan;
}

KERNEL_TEST(ShimLauncher, StartsAShimFromASealedCopy) {
  test::TempDir dir;
  absl::StatusOr<ShimLauncher> launcher = ShimLauncher::Open(kShim);
  ASSERT_THAT(launcher, test::IsOk());
  absl::StatusOr<LaunchedShim> shim = launcher->Launch(Plan(dir), ShimBirth::kBesideUs);
  ASSERT_THAT(shim, test::IsOk());
  const Call call = Call::WithTimeout(absl::Seconds(10));
  ASSERT_THAT(AwaitReady(call, *shim, Plan(dir)), test::IsOk());
  char program[PATH_MAX] = {};
  const std::string link = absl::StrCat("/proc/", shim->process.pid(), "/exe");
  ASSERT_GT(readlink(link.c_str(), program, sizeof(program) - 1), 0);
  EXPECT_THAT(std::string(program), HasSubstr("memfd:berth-shim"));
  EXPECT_THAT(launcher->Launch(Plan(dir), ShimBirth::kBesideUs).status(),
              ::testing::Not(test::IsOk()));  // the socket
  EXPECT_THAT(ShimClient(dir.path()).Shutdown(call), test::IsOk());
  EXPECT_TRUE(shim->process.Wait(sys::MonotonicTime() + 10 * sys::kSecond).ok());
}

KERNEL_TEST(ShimLauncher, AShimThatIsDroppedIsGone) {
  test::TempDir dir;
  const ShimLauncher launcher = ShimLauncher::Open(kShim).value();
  pid_t pid = 0;
  {
    absl::StatusOr<LaunchedShim> shim = launcher.Launch(Plan(dir), ShimBirth::kBesideUs);
    ASSERT_THAT(shim, test::IsOk());
    pid = shim->process.pid();
  }
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_THAT(ShimClient(dir.path()).Shutdown(Call::WithTimeout(absl::Seconds(5))), test::IsOk());
}

KERNEL_TEST(ShimLauncher, SaysWhatAShimCouldNotDo) {
  test::TempDir dir;
  const ShimLauncher launcher = ShimLauncher::Open(kShim).value();
  PodPlan plan = Plan(dir);
  plan.new_uts = true;
  plan.hostname = std::string(65, 'x');
  absl::StatusOr<LaunchedShim> shim = launcher.Launch(plan, ShimBirth::kBesideUs);
  ASSERT_THAT(shim, test::IsOk());
  EXPECT_THAT(AwaitReady(Call::WithTimeout(absl::Seconds(10)), *shim, plan),
              test::StatusIs(absl::StatusCode::kInternal, HasSubstr("Invalid argument")));
}

KERNEL_TEST(ShimLauncher, NamesTheSysctlThatTheKernelRefuses) {
  test::TempDir dir;
  const ShimLauncher launcher = ShimLauncher::Open(kShim).value();
  PodPlan plan = Plan(dir);
  plan.new_ipc = true;
  plan.sysctls = {{"kernel/msgmax", "8192"}, {"kernel/shmmni", "many"}};
  absl::StatusOr<LaunchedShim> shim = launcher.Launch(plan, ShimBirth::kBesideUs);
  ASSERT_THAT(shim, test::IsOk());
  EXPECT_THAT(AwaitReady(Call::WithTimeout(absl::Seconds(10)), *shim, plan),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kernel/shmmni")));
}

KERNEL_TEST(ShimLauncher, AShimWaitsToBeMovedToItsCgroup) {
  test::TempDir dir;
  const ShimLauncher launcher = ShimLauncher::Open(kShim).value();
  const CgroupHierarchies hierarchies = FindHierarchies().value();
  const Cgroup cgroup(hierarchies, absl::StrCat("/berth-test-", RandomHex(6)));
  PodPlan plan = Plan(dir);
  plan.cgroup_directories = cgroup.directories();
  {
    absl::StatusOr<LaunchedShim> shim = launcher.Launch(plan, ShimBirth::kBesideUs);
    ASSERT_THAT(shim, test::IsOk());
    EXPECT_THAT(cgroup.CreateWith(shim->process.pid()), test::IsOk());
    EXPECT_THAT(AwaitReady(Call::WithTimeout(absl::Seconds(10)), *shim, plan), test::IsOk());
    EXPECT_THAT(cgroup.Processes(),
                test::IsOkAndHolds(::testing::ElementsAre(shim->process.pid())));
  }
  EXPECT_THAT(cgroup.Remove(), test::IsOk());
}

KERNEL_TEST(ShimLauncher, AShimThatWasNotMovedIsNotReady) {
  test::TempDir dir;
  const ShimLauncher launcher = ShimLauncher::Open(kShim).value();
  const CgroupHierarchies hierarchies = FindHierarchies().value();
  PodPlan plan = Plan(dir);
  plan.cgroup_directories = Cgroup(hierarchies, "/berth-test-elsewhere").directories();
  absl::StatusOr<LaunchedShim> shim = launcher.Launch(plan, ShimBirth::kBesideUs);
  ASSERT_THAT(shim, test::IsOk());
  EXPECT_THAT(AwaitReady(Call::WithTimeout(absl::Seconds(10)), *shim, plan),
              test::StatusIs(absl::StatusCode::kInternal, HasSubstr("namespaces")));
}

KERNEL_TEST(ShimLauncher, AProgramThatIsNoShimIsNeverReady) {
  test::TempDir dir;
  const ShimLauncher launcher = ShimLauncher::Open("/bin/true").value();
  absl::StatusOr<LaunchedShim> shim = launcher.Launch(Plan(dir), ShimBirth::kBesideUs);
  ASSERT_THAT(shim, test::IsOk());
  EXPECT_THAT(AwaitReady(Call::WithTimeout(absl::Seconds(10)), *shim, Plan(dir)),
              test::StatusIs(absl::StatusCode::kInternal));
}

KERNEL_TEST(ShimLauncher, ASilentShimEndsWithTheCall) {
  test::TempDir dir;
  const ShimLauncher launcher = ShimLauncher::Open("/usr/bin/yes").value();
  const sys::Fd terminal(dup(STDOUT_FILENO));
  const sys::Fd null(open("/dev/null", O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(dup2(null.get(), STDOUT_FILENO), STDOUT_FILENO);
  absl::StatusOr<LaunchedShim> shim = launcher.Launch(Plan(dir), ShimBirth::kBesideUs);
  ASSERT_EQ(dup2(terminal.get(), STDOUT_FILENO), STDOUT_FILENO);
  ASSERT_THAT(shim, test::IsOk());
  EXPECT_THAT(AwaitReady(Call::WithTimeout(absl::Milliseconds(10)), *shim, Plan(dir)),
              ::testing::Not(test::IsOk()));
}

TEST(ShimLauncher, NeedsItsProgram) {
  EXPECT_THAT(ShimLauncher::Open("/no/such/shim").status(),
              test::StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::runtime
