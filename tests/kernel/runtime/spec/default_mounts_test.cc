// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/default_mounts.h"

#include <sched.h>
#include <sys/stat.h>

#include <cerrno>
#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "base/sys/inode.h"
#include "base/sys/mount.h"
#include "runtime/host.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

sys::ErrnoOr<sys::DetachedMount> Make(const MountPlan& plan) {
  std::vector<sys::MountOption> options;
  for (const MountPlanOption& option : plan.options) {
    options.push_back({option.key.c_str(), option.value.empty() ? nullptr : option.value.c_str()});
  }
  return sys::NewMount(plan.source.c_str(), options, plan.attributes);
}

// The planner is pure; that its words are the kernel's is seen here.
KERNEL_TEST(DefaultMounts, TheKernelTakesEveryFilesystem) {
  ASSERT_OK_AND_ASSIGN(const CgroupHierarchies hierarchies, FindHierarchies());
  ASSERT_OK_AND_ASSIGN(const HostFacts facts, FindHostFacts(hierarchies));
  ASSERT_EQ(unshare(CLONE_NEWCGROUP), 0);
  for (const MountPlan& plan : DefaultMounts(facts, {}, {})) {
    const sys::ErrnoOr<sys::DetachedMount> mount = Make(plan);
    EXPECT_THAT(mount, test::IsOk()) << plan.source << " at " << plan.destination;
    if (mount.ok() && (plan.source == "cgroup" || plan.source == "cgroup2")) {
      EXPECT_THAT(sys::StatAt(mount->fd(), "cgroup.procs", 0), test::IsOk()) << plan.destination;
      EXPECT_EQ(mkdirat(mount->fd(), "berth-test", 0755), -1) << plan.destination;
      EXPECT_EQ(errno, EROFS) << plan.destination;
    }
  }
}

}  // namespace
}  // namespace berth::runtime
