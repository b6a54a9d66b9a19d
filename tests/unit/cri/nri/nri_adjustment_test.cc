// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_adjustment.h"

#include <sys/resource.h>

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::nri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Wish = std::function<void(api::ContainerAdjustment&)>;

class NriAdjustment : public ::testing::Test {
 protected:
  absl::Status Apply(const Wish& wish, const std::string& plugin = "00-a") {
    api::ContainerAdjustment adjustment;
    wish(adjustment);
    return Adjust(plugin, adjustment, owners, request);
  }

  Owners owners;
  runtime::ContainerRequest request;
};

api::KeyValue Variable(const std::string& key, const std::string& value) {
  api::KeyValue variable;
  variable.set_key(key);
  variable.set_value(value);
  return variable;
}

api::Mount MountOf(const std::string& destination, const std::string& source,
                   std::initializer_list<const char*> options) {
  api::Mount mount;
  mount.set_destination(destination);
  mount.set_source(source);
  for (const char* option : options) {
    mount.add_options(option);
  }
  return mount;
}

TEST_F(NriAdjustment, AnnotationsAreSetAndTakenAway) {
  (*request.config.mutable_annotations())["old"] = "1";
  ASSERT_THAT(Apply([](auto& a) {
                (*a.mutable_annotations())["-old"] = "";
                (*a.mutable_annotations())["new"] = "2";
              }),
              IsOk());
  EXPECT_EQ(request.config.annotations_size(), 1);
  EXPECT_EQ(request.config.annotations().at("new"), "2");
}

TEST_F(NriAdjustment, VariablesOfTheImageCanBeTakenAwayToo) {
  request.image.environment = {"PATH=/bin", "LANG=C"};
  request.config.add_envs()->set_key("DEBUG");
  ASSERT_THAT(Apply([](auto& a) {
                *a.add_env() = Variable("-LANG", "");
                *a.add_env() = Variable("DEBUG", "1");
              }),
              IsOk());
  EXPECT_THAT(request.image.environment, ElementsAre("PATH=/bin"));
  ASSERT_EQ(request.config.envs_size(), 1);
  EXPECT_EQ(request.config.envs(0).value(), "1");
}

TEST_F(NriAdjustment, ArgumentsReplaceAll) {
  request.config.add_command("/app");
  request.config.add_args("serve");
  ASSERT_THAT(Apply([](auto& a) {
                a.add_args("/wrap");
                a.add_args("/app");
              }),
              IsOk());
  EXPECT_THAT(request.config.command(), ElementsAre("/wrap", "/app"));
  EXPECT_THAT(request.config.args(), IsEmpty());
  const Wish other = [](auto& a) { a.add_args("/mine"); };
  EXPECT_THAT(Apply(other, "10-b"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                             HasSubstr("00-a and 10-b both set args")));
  const Wish override_it = [](auto& a) {
    a.add_args("");
    a.add_args("/mine");
  };
  ASSERT_THAT(Apply(override_it, "10-b"), IsOk());
  EXPECT_THAT(request.config.command(), ElementsAre("/mine"));
}

TEST_F(NriAdjustment, MountsAreThoseOfTheCri) {
  v1::Mount& old = *request.config.add_mounts();
  old.set_container_path("/data");
  old.set_host_path("/old");
  ASSERT_THAT(Apply([](auto& a) {
                *a.add_mounts() = MountOf("/data/", "/new", {"rbind", "rslave", "ro", "nosuid"});
              }),
              IsOk());
  ASSERT_EQ(request.config.mounts_size(), 1);
  const v1::Mount& mount = request.config.mounts(0);
  EXPECT_EQ(mount.host_path(), "/new");
  EXPECT_TRUE(mount.readonly());
  EXPECT_FALSE(mount.recursive_read_only());
  EXPECT_EQ(mount.propagation(), v1::PROPAGATION_HOST_TO_CONTAINER);
  EXPECT_THAT(mount.mount_options(), ElementsAre("nosuid"));
  ASSERT_THAT(Apply([](auto& a) { *a.add_mounts() = MountOf("-/data", "", {}); }, "10-b"), IsOk());
  EXPECT_THAT(request.config.mounts(), IsEmpty());
  ASSERT_THAT(Apply([](auto& a) { *a.add_mounts() = MountOf("/data", "/x", {}); }, "20-c"), IsOk());
}

TEST_F(NriAdjustment, AMountInPlaceOfOneThatIsNotRecursiveIsRecursive) {
  request.extras.not_recursive = {"/data", "/other"};
  ASSERT_THAT(Apply([](auto& a) { *a.add_mounts() = MountOf("/data/", "/new", {}); }), IsOk());
  EXPECT_THAT(request.extras.not_recursive, ElementsAre("/other"));
}

TEST_F(NriAdjustment, DevicesNeedNoPathOnTheHost) {
  ASSERT_THAT(Apply([](auto& a) {
                api::LinuxDevice& device = *a.mutable_linux()->add_devices();
                device.set_path("/dev/nri-null");
                device.set_type("c");
                device.set_major(1);
                device.set_minor(3);
                device.mutable_file_mode()->set_value(0440);
                device.mutable_gid()->set_value(7);
              }),
              IsOk());
  ASSERT_EQ(request.extras.devices.size(), 1u);
  const runtime::ExtraDevice& device = request.extras.devices[0];
  EXPECT_EQ(device.node.path, "/dev/nri-null");
  EXPECT_EQ(device.node.major, 1u);
  EXPECT_EQ(device.node.minor, 3u);
  EXPECT_EQ(device.node.mode, 0440u);
  EXPECT_EQ(device.node.gid, 7u);
  EXPECT_EQ(device.access, "rm");
}

TEST_F(NriAdjustment, LimitsAndResources) {
  request.config.mutable_linux()->mutable_resources()->set_cpu_shares(2);
  request.config.mutable_linux()->mutable_resources()->set_cpuset_cpus("0");
  ASSERT_THAT(Apply([](auto& a) {
                api::Rlimit& limit = *a.add_rlimits();
                limit.set_type("RLIMIT_NOFILE");
                limit.set_soft(5);
                limit.set_hard(6);
                a.mutable_linux()->mutable_oom_score_adj()->set_value(0);
                a.mutable_linux()->mutable_resources()->mutable_cpu()->set_cpus("1");
                a.mutable_linux()->mutable_resources()->mutable_pids()->set_limit(9);
              }),
              IsOk());
  ASSERT_EQ(request.extras.rlimits.size(), 1u);
  EXPECT_EQ(request.extras.rlimits[0].resource, static_cast<uint32_t>(RLIMIT_NOFILE));
  EXPECT_EQ(request.extras.rlimits[0].soft, 5u);
  EXPECT_EQ(request.extras.rlimits[0].hard, 6u);
  const v1::LinuxContainerResources& resources = request.config.linux().resources();
  EXPECT_EQ(resources.cpu_shares(), 2);
  EXPECT_EQ(resources.cpuset_cpus(), "1");
  EXPECT_EQ(resources.unified().at("pids.max"), "9");
}

TEST_F(NriAdjustment, CdiDevicesAreThoseOfTheRequest) {
  ASSERT_THAT(Apply([](auto& a) { a.add_cdi_devices()->set_name("acme.org/gpu=0"); }), IsOk());
  EXPECT_EQ(request.config.cdi_devices(0).name(), "acme.org/gpu=0");
}

TEST_F(NriAdjustment, HooksOfAllPluginsAreRun) {
  const auto hook = [](api::ContainerAdjustment& a, const char* path) {
    api::Hook& added = *a.mutable_hooks()->add_create_container();
    added.set_path(path);
    added.add_args("name");
    added.add_env("A=b");
    added.mutable_timeout()->set_value(5);
  };
  ASSERT_THAT(Apply([&](auto& a) { hook(a, "/one"); }, "00-a"), IsOk());
  ASSERT_THAT(Apply([&](auto& a) { hook(a, "/two"); }, "10-b"), IsOk());
  ASSERT_EQ(request.extras.hooks.size(), 2u);
  EXPECT_EQ(request.extras.hooks[0].path, "/one");
  EXPECT_THAT(request.extras.hooks[1].arguments, ElementsAre("name"));
  EXPECT_THAT(request.extras.hooks[1].environment, ElementsAre("A=b"));
  EXPECT_EQ(request.extras.hooks[1].timeout, 5u);
  EXPECT_THAT(Apply([](auto& a) {
                a.mutable_hooks()->add_create_container()->mutable_timeout()->set_value(-1);
              }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("timeout")));
}

TEST_F(NriAdjustment, WhatBerthDoesNotDoIsRefusedByName) {
  struct Case {
    const char* name;
    Wish wish;
  };
  const Case cases[] = {
      {"hooks.prestart", [](auto& a) { a.mutable_hooks()->add_prestart(); }},
      {"hooks.create_runtime", [](auto& a) { a.mutable_hooks()->add_create_runtime(); }},
      {"hooks.start_container", [](auto& a) { a.mutable_hooks()->add_start_container(); }},
      {"hooks.poststart", [](auto& a) { a.mutable_hooks()->add_poststart(); }},
      {"hooks.poststop", [](auto& a) { a.mutable_hooks()->add_poststop(); }},
      {"linux.cgroups_path", [](auto& a) { a.mutable_linux()->set_cgroups_path("/x"); }},
      {"linux.io_priority", [](auto& a) { a.mutable_linux()->mutable_io_priority(); }},
      {"linux.seccomp_policy", [](auto& a) { a.mutable_linux()->mutable_seccomp_policy(); }},
      {"linux.namespaces", [](auto& a) { a.mutable_linux()->add_namespaces(); }},
      {"linux.sysctl", [](auto& a) { (*a.mutable_linux()->mutable_sysctl())["a"] = "1"; }},
      {"linux.net_devices", [](auto& a) { (*a.mutable_linux()->mutable_net_devices())["a"]; }},
      {"linux.scheduler", [](auto& a) { a.mutable_linux()->mutable_scheduler(); }},
      {"linux.rdt", [](auto& a) { a.mutable_linux()->mutable_rdt(); }},
      {"linux.memory_policy", [](auto& a) { a.mutable_linux()->mutable_memory_policy(); }},
      {"the mount type \"tmpfs\"", [](auto& a) { a.add_mounts()->set_type("tmpfs"); }},
      {"the mount option \"relatime\"",
       [](auto& a) { *a.add_mounts() = MountOf("/a", "/b", {"relatime"}); }},
      {"taking away /sys/fs/cgroup",
       [](auto& a) { *a.add_mounts() = MountOf("-/sys/fs/cgroup", "", {}); }},
  };
  for (const Case& one : cases) {
    owners = Owners();
    EXPECT_THAT(Apply(one.wish), StatusIs(absl::StatusCode::kFailedPrecondition,
                                          HasSubstr(std::string("NRI plugin 00-a: "))))
        << one.name;
    owners = Owners();
    EXPECT_THAT(std::string(Apply(one.wish).message()), HasSubstr(one.name));
  }
}

TEST_F(NriAdjustment, NonsenseIsRefused) {
  const Wish cases[] = {
      [](auto& a) { *a.add_env() = Variable("", "x"); },
      [](auto& a) { *a.add_env() = Variable("A=B", "x"); },
      [](auto& a) { a.add_rlimits()->set_type("RLIMIT_LUCK"); },
      [](auto& a) {
        a.add_rlimits()->set_type("RLIMIT_CORE");
        a.mutable_rlimits(0)->set_soft(1);
      },
      [](auto& a) { a.mutable_linux()->add_devices()->set_path("/dev/../etc"); },
      [](auto& a) { a.mutable_linux()->add_devices()->set_path("/dev/fifo"); },
      [](auto& a) {
        api::LinuxDevice& device = *a.mutable_linux()->add_devices();
        device.set_path("/dev/x");
        device.set_type("c");
        device.set_major(-1);
      },
  };
  for (const Wish& wish : cases) {
    owners = Owners();
    EXPECT_THAT(Apply(wish), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(NriAdjustment, TwoPluginsMayNotSetTheSame) {
  const Wish wishes[] = {
      [](auto& a) { (*a.mutable_annotations())["x"] = "1"; },
      [](auto& a) { *a.add_env() = Variable("X", "1"); },
      [](auto& a) { *a.add_mounts() = MountOf("/x", "/y", {}); },
      [](auto& a) {
        a.mutable_linux()->add_devices()->set_path("/dev/x");
        a.mutable_linux()->mutable_devices(0)->set_type("c");
      },
      [](auto& a) { a.add_rlimits()->set_type("RLIMIT_CORE"); },
      [](auto& a) { a.add_cdi_devices()->set_name("a/b=c"); },
      [](auto& a) { a.mutable_linux()->mutable_oom_score_adj(); },
      [](auto& a) { a.mutable_linux()->mutable_resources()->mutable_pids(); },
  };
  for (const Wish& wish : wishes) {
    ASSERT_THAT(Apply(wish, "00-a"), IsOk());
    EXPECT_THAT(Apply(wish, "10-b"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                              HasSubstr("NRI plugins 00-a and 10-b both set")));
  }
}

TEST(MergeAdjustment, LaterRemovalsUndoEarlierAdditions) {
  api::ContainerAdjustment first, second, merged;
  *first.add_env() = Variable("A", "1");
  first.add_args("a");
  (*first.mutable_annotations())["k"] = "1";
  *first.add_mounts() = MountOf("/m", "/s", {});
  *second.add_env() = Variable("-A", "");
  second.add_args("");
  second.add_args("b");
  (*second.mutable_annotations())["-k"] = "";
  *second.add_mounts() = MountOf("-/m", "", {});
  MergeAdjustment(first, merged);
  MergeAdjustment(second, merged);
  ASSERT_EQ(merged.env_size(), 1);
  EXPECT_EQ(merged.env(0).key(), "-A");
  EXPECT_THAT(merged.args(), ElementsAre("b"));
  EXPECT_EQ(merged.annotations_size(), 1);
  ASSERT_EQ(merged.mounts_size(), 1);
  EXPECT_EQ(merged.mounts(0).destination(), "-/m");
}

}  // namespace
}  // namespace berth::nri
