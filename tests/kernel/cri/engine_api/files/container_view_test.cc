// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/container_view.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "gmock/gmock.h"

#include "base/file.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "tests/support/file_tree.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using test::IsOk;

struct Place {
  Place() {
    EXPECT_EQ(mount("tmpfs", space.path().c_str(), "tmpfs", 0, nullptr), 0);  // takes any xattr
    test::MakeTree(space.path(),
                   {test::Dir("lower", {test::File("below", "b"), test::Dir("proc")}),
                    test::Dir("upper"), test::Dir("work"), test::Dir("host", {test::File("h")})});
  }
  ~Place() { test::Unmount(space.path()); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  imageservice::Rootfs root() const {
    return {
        .lower = {space.Join("lower")}, .upper = space.Join("upper"), .work = space.Join("work")};
  }

  test::TempDir space;
};

std::string MountTable() {
  return *ReadFile("/proc/self/mountinfo", 1 << 20);
}

KERNEL_TEST(ContainerView, OfAStoppedOneIsItsRootWithItsMounts) {
  Place place;
  const std::string before = MountTable();
  ViewPlan plan;
  plan.root = place.root();
  plan.mounts = {{.source = place.space.Join("host"), .target = "/data/in"},
                 {.source = place.space.Join("host/h"), .target = "/one", .read_only = true},
                 {.source = "/not/there", .target = "/lost"},
                 {.source = "", .target = "/tmp"}};
  absl::StatusOr<ContainerView> view = ContainerView::Open(plan);
  ASSERT_THAT(view, IsOk());
  const int root = view->root();
  EXPECT_TRUE(sys::OpenInRoot(root, "/below", O_RDONLY).ok());
  EXPECT_TRUE(sys::OpenInRoot(root, "/data/in/h", O_RDONLY).ok());
  EXPECT_EQ(sys::OpenInRoot(root, "/one", O_WRONLY).error().code, EROFS);
  EXPECT_EQ(sys::OpenInRoot(root, "/lost", O_RDONLY).error().code, ENOENT);
  EXPECT_TRUE(sys::OpenInRoot(root, "/data/in/new", O_WRONLY | O_CREAT, 0600).ok());
  struct stat made = {};
  EXPECT_EQ(stat(place.space.Join("host/new").c_str(), &made), 0);
  ASSERT_TRUE(sys::MakeNode(root, "null", S_IFCHR | 0666, makedev(1, 3)).ok());
  EXPECT_EQ(sys::OpenInRoot(root, "/null", O_RDONLY).error().code, EACCES);
  EXPECT_EQ(MountTable(), before);
}

KERNEL_TEST(ContainerView, AReadOnlyRootIsNotWritten) {
  Place place;
  ViewPlan plan;
  plan.root = place.root();
  plan.read_only = true;
  plan.mounts = {{.source = place.space.Join("host"), .target = "/data"}};
  absl::StatusOr<ContainerView> view = ContainerView::Open(plan);
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(sys::OpenInRoot(view->root(), "/x", O_WRONLY | O_CREAT, 0600).error().code, EROFS);
  EXPECT_TRUE(sys::OpenInRoot(view->root(), "/data/x", O_WRONLY | O_CREAT, 0600).ok());
}

// Its own namespace plays the container: what it has mounted is not seen, but for a tmpfs that was
// asked for.
KERNEL_TEST(ContainerView, OfARunningOneIsItsRootWithoutWhatItMounts) {
  Place place;
  ASSERT_EQ(mkdir(place.space.Join("host/tmp").c_str(), 0755), 0);
  ASSERT_EQ(mount("tmpfs", place.space.Join("host/tmp").c_str(), "tmpfs", 0, nullptr), 0);
  place.space.Write("host/tmp/f", "live");
  ViewPlan plan;
  plan.mount_namespace = *sys::OpenAt(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY);
  plan.mounts = {{.source = "", .target = place.space.Join("host/tmp")},
                 {.source = "", .target = "/proc"}};
  absl::StatusOr<ContainerView> view = ContainerView::Open(plan);
  ASSERT_THAT(view, IsOk());
  EXPECT_TRUE(sys::OpenInRoot(view->root(), place.space.Join("host/tmp/f").c_str(), O_RDONLY).ok());
  EXPECT_EQ(sys::OpenInRoot(view->root(), "/proc/self", O_PATH).error().code, ENOENT);
  test::Unmount(place.space.Join("host/tmp"));
}

KERNEL_TEST(ContainerView, OnceMoreAfterwards) {
  Place place;
  ViewPlan plan;
  plan.root = place.root();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(ContainerView::Open(plan), IsOk());
  }
}

}  // namespace
}  // namespace berth::cri
