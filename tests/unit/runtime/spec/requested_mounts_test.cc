// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/requested_mounts.h"

#include "gmock/gmock.h"

#include "runtime/spec/mount_attributes.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/runtime/spec/mount_fixture.h"

namespace berth::runtime {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using RequestedMount = MountTest;

TEST_F(RequestedMount, BindsRecursivelyAndPrivately) {
  const v1::Mount& mount = Add("/data", "/var/data/");
  host_.sources["/data"] = "/srv/data";  // a symlink, followed
  ASSERT_OK_AND_ASSIGN(const MountPlan plan, PlanRequestedMount(mount, Inputs()));
  EXPECT_EQ(plan.kind, MountKind::kBind);
  EXPECT_EQ(plan.source, "/srv/data");
  EXPECT_EQ(plan.destination, "/var/data");
  EXPECT_TRUE(plan.recursive);
  EXPECT_FALSE(plan.recursive_attributes);
  EXPECT_EQ(plan.attributes, 0u);
  EXPECT_EQ(plan.propagation, kPropagationPrivate);
}

TEST_F(RequestedMount, LeavesOutWhatIsBelowWhereAsked) {
  MountInputs inputs = Inputs();
  inputs.not_recursive = {"/data"};
  ASSERT_OK_AND_ASSIGN(MountPlan plan, PlanRequestedMount(Add("/srv", "/data/"), inputs));
  EXPECT_FALSE(plan.recursive);
  ASSERT_OK_AND_ASSIGN(plan, PlanRequestedMount(Add("/data", "/srv"), inputs));
  EXPECT_TRUE(plan.recursive);
}

TEST_F(RequestedMount, IsRelabelledWhereAskedForAndThereAreLabels) {
  v1::Mount& mount = Add("/data", "/data");
  MountInputs inputs = Inputs();
  inputs.mount_label = "u:object_r:t:s0:c1,c2";
  ASSERT_THAT(PlanRequestedMount(mount, inputs), test::IsOk());
  EXPECT_TRUE(host_.relabelled.empty());
  mount.set_selinux_relabel(true);
  ASSERT_THAT(PlanRequestedMount(mount, Inputs()), test::IsOk());
  EXPECT_TRUE(host_.relabelled.empty());
  host_.sources["/data"] = "/srv/data";
  ASSERT_THAT(PlanRequestedMount(mount, inputs), test::IsOk());
  EXPECT_EQ(host_.relabelled["/srv/data"], inputs.mount_label);
}

TEST_F(RequestedMount, ReadOnlyIsNotRecursiveUnlessAsked) {
  v1::Mount& mount = Add("/data", "/data");
  mount.set_readonly(true);
  ASSERT_OK_AND_ASSIGN(MountPlan plan, PlanRequestedMount(mount, Inputs()));
  EXPECT_EQ(plan.attributes, kMountReadOnly);
  EXPECT_FALSE(plan.recursive_attributes);
  mount.set_recursive_read_only(true);
  ASSERT_OK_AND_ASSIGN(plan, PlanRequestedMount(mount, Inputs()));
  EXPECT_EQ(plan.attributes, kMountReadOnly);
  EXPECT_TRUE(plan.recursive_attributes);
}

TEST_F(RequestedMount, RecursiveReadOnlyHasConditions) {
  v1::Mount& mount = Add("/data", "/data");
  mount.set_recursive_read_only(true);
  EXPECT_THAT(PlanRequestedMount(mount, Inputs()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("needs readonly")));
  mount.set_readonly(true);
  mount.set_propagation(v1::PROPAGATION_HOST_TO_CONTAINER);
  EXPECT_THAT(PlanRequestedMount(mount, Inputs()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("private")));
  mount.set_propagation(v1::PROPAGATION_PRIVATE);
  facts_.recursive_read_only = false;
  EXPECT_THAT(PlanRequestedMount(mount, Inputs()),
              StatusIs(absl::StatusCode::kUnknown, StartsWith("RROUnsupported")));
}

TEST_F(RequestedMount, PropagationNeedsAHostThatPropagates) {
  v1::Mount& mount = Add("/data", "/data");
  struct Case {
    HostPropagation host;
    v1::MountPropagation asked;
    uint64_t expected;  // 0: refused
  };
  const Case cases[] = {
      {{}, v1::PROPAGATION_PRIVATE, kPropagationPrivate},
      {{}, v1::PROPAGATION_HOST_TO_CONTAINER, 0},
      {{.slave = true}, v1::PROPAGATION_HOST_TO_CONTAINER, kPropagationSlave},
      {{.shared = true}, v1::PROPAGATION_HOST_TO_CONTAINER, kPropagationSlave},
      {{}, v1::PROPAGATION_BIDIRECTIONAL, 0},
      {{.slave = true}, v1::PROPAGATION_BIDIRECTIONAL, 0},
      {{.shared = true}, v1::PROPAGATION_BIDIRECTIONAL, kPropagationShared},
      {{.shared = true}, static_cast<v1::MountPropagation>(9), 0},
  };
  for (const Case& c : cases) {
    host_.propagations["/data"] = c.host;
    mount.set_propagation(c.asked);
    const absl::StatusOr<MountPlan> plan = PlanRequestedMount(mount, Inputs());
    if (c.expected == 0) {
      EXPECT_THAT(plan, StatusIs(absl::StatusCode::kInvalidArgument));
    } else {
      ASSERT_THAT(plan, test::IsOk());
      EXPECT_EQ(plan->propagation, c.expected);
    }
  }
}

TEST_F(RequestedMount, OptionsAreFlags) {
  v1::Mount& mount = Add("/data", "/data");
  mount.add_mount_options("noexec");
  mount.add_mount_options("nosuid");
  mount.add_mount_options("nodev");
  ASSERT_OK_AND_ASSIGN(const MountPlan plan, PlanRequestedMount(mount, Inputs()));
  EXPECT_EQ(plan.attributes, kMountNoExec | kMountNoSuid | kMountNoDev);
  mount.add_mount_options("exec");
  EXPECT_THAT(PlanRequestedMount(mount, Inputs()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"exec\"")));
}

TEST_F(RequestedMount, DestinationsAreCleaned) {
  EXPECT_THAT(CleanDestination("a/../../b//c/."), test::IsOkAndHolds("/b/c"));
  EXPECT_THAT(CleanDestination("/../../etc"), test::IsOkAndHolds("/etc"));
  for (const std::string& path :
       {std::string("/"), std::string(""), std::string("/a/.."), std::string("/a\0b", 4)}) {
    EXPECT_THAT(CleanDestination(path), StatusIs(absl::StatusCode::kInvalidArgument)) << path;
  }
}

TEST_F(RequestedMount, ProcIsTheContainersOwn) {
  for (const char* place : {"/proc", "/proc/self", "/proc/sys/kernel", "//proc/../proc/1"}) {
    EXPECT_THAT(PlanRequestedMount(Add("/data", place), Inputs()),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/proc")))
        << place;
  }
  for (const char* place : {"/process", "/host/proc", "/proc/meminfo"}) {
    EXPECT_THAT(PlanRequestedMount(Add("/data", place), Inputs()), IsOk()) << place;
  }
  EXPECT_THAT(PlanRequestedMount(Add("/proc", "/proc"), Inputs()), IsOk());
  EXPECT_THAT(PlanRequestedMount(Add("/proc", "/proc/self"), Inputs()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(RequestedMount, RefusesBadSources) {
  for (const std::string& path : {std::string(""), std::string("data"), std::string("/a\0b", 4)}) {
    EXPECT_THAT(PlanRequestedMount(Add(path, "/data"), Inputs()),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  host_.sources["/etc/hostname"] = absl::InvalidArgumentError("must be a file");
  EXPECT_THAT(PlanRequestedMount(Add("/etc/hostname", "/x"), Inputs()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(RequestedMount, IdsAreMappedToThoseOfThePod) {
  v1::Mount& mapped = Add("/data", "/data");
  for (v1::IDMapping* mapping : {mapped.add_uidmappings(), mapped.add_gidmappings()}) {
    mapping->set_host_id(100000);
    mapping->set_length(65536);
  }
  EXPECT_THAT(PlanRequestedMount(mapped, Inputs()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("user namespace")));
  MountInputs inputs = Inputs();
  inputs.ids = {100000, 65536};
  ASSERT_OK_AND_ASSIGN(MountPlan plan, PlanRequestedMount(mapped, inputs));
  EXPECT_TRUE(plan.mapped_ids);
  ASSERT_OK_AND_ASSIGN(plan, PlanRequestedMount(Add("/data", "/plain"), inputs));
  EXPECT_FALSE(plan.mapped_ids);
  image_volumes_["/img"] = {{"/l/2", "/l/1"}, "", ""};
  ASSERT_OK_AND_ASSIGN(plan, PlanRequestedMount(AddImage("sha256:ab", "/img"), inputs));
  EXPECT_TRUE(plan.mapped_ids);
}

TEST_F(RequestedMount, NothingPropagatesOutOfAUserNamespace) {
  host_.propagations["/data"] = {.shared = true};
  MountInputs inputs = Inputs();
  inputs.ids = {100000, 65536};
  v1::Mount& mount = Add("/data", "/data");
  mount.set_propagation(v1::PROPAGATION_HOST_TO_CONTAINER);
  EXPECT_THAT(PlanRequestedMount(mount, inputs), test::IsOk());
  mount.set_propagation(v1::PROPAGATION_BIDIRECTIONAL);
  EXPECT_THAT(PlanRequestedMount(mount, inputs),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("user namespace")));
}

TEST_F(RequestedMount, AnImageIsAReadOnlyViewOfItsLayers) {
  image_volumes_["/img"] = {{"/l/2", "/l/1"}, "", ""};
  const v1::Mount& mount = AddImage("sha256:ab", "/img");
  ASSERT_OK_AND_ASSIGN(MountPlan plan, PlanRequestedMount(mount, Inputs()));
  EXPECT_EQ(plan.kind, MountKind::kOverlay);
  EXPECT_THAT(plan.lower, ElementsAre("/l/2", "/l/1"));
  EXPECT_EQ(plan.attributes, kMountReadOnly | kMountNoSuid | kMountNoDev);
  EXPECT_FALSE(plan.recursive);
  image_volumes_["/img"].lower.pop_back();
  ASSERT_OK_AND_ASSIGN(plan, PlanRequestedMount(mount, Inputs()));
  EXPECT_EQ(plan.kind, MountKind::kBind);
  EXPECT_EQ(plan.source, "/l/2");
}

TEST_F(RequestedMount, AnImagesSubPathMustBeInIt) {
  image_volumes_["/img"] = {{"/l/1"}, "", ""};
  v1::Mount& mount = AddImage("sha256:ab", "/img");
  mount.set_image_sub_path("usr/./share");
  ASSERT_OK_AND_ASSIGN(const MountPlan plan, PlanRequestedMount(mount, Inputs()));
  EXPECT_EQ(plan.sub_path, "usr/share");
  host_.directories["missing"] = absl::NotFoundError("missing is not in the image");
  for (const char* path : {"missing", "/etc", "../x", "a/../../x"}) {
    mount.set_image_sub_path(path);
    EXPECT_THAT(PlanRequestedMount(mount, Inputs()),
                StatusIs(absl::StatusCode::kUnknown, StartsWith("ImageVolumeMountFailed")))
        << path;
  }
}

TEST_F(RequestedMount, AnImageMustBeReadOnlyAlonePrepared) {
  v1::Mount& mount = AddImage("sha256:ab", "/img");
  EXPECT_THAT(PlanRequestedMount(mount, Inputs()),
              StatusIs(absl::StatusCode::kUnknown, StartsWith("ImageVolumeMountFailed")));
  image_volumes_["/img"] = {{"/l/1"}, "", ""};
  mount.set_readonly(false);
  EXPECT_THAT(PlanRequestedMount(mount, Inputs()), StatusIs(absl::StatusCode::kInvalidArgument));
  mount.set_readonly(true);
  mount.set_host_path("/x");
  EXPECT_THAT(PlanRequestedMount(mount, Inputs()), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
