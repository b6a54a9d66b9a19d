// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_create.h"

#include <atomic>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

KERNEL_TEST(CreateContainer, ARefusedRequestLeavesNothing) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::set<std::string> cgroups = fixture.PodCgroups();
  auto refuse = [&](auto spoil) {
    ContainerRequest request = fixture.Request(*runtime.FindPod(pod), "main", "true");
    spoil(request);
    absl::StatusOr<std::string> id = runtime.CreateContainer(fixture.Soon(), request);
    EXPECT_FALSE(id.ok());
    return id.status();
  };
  EXPECT_THAT(refuse([](ContainerRequest& request) { request.id = "short"; }),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(refuse([](ContainerRequest& request) { request.config.set_log_path("../../x"); }),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(
      refuse([](ContainerRequest& request) {
        v1::NamespaceOption* options =
            request.config.mutable_linux()->mutable_security_context()->mutable_namespace_options();
        options->set_pid(v1::TARGET);
        options->set_target_id("nobody");
      }),
      test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nobody")));
  // The cgroup is there before the kernel refuses the value.
  EXPECT_THAT(refuse([](ContainerRequest& request) {
                request.config.mutable_linux()->mutable_resources()->set_cpuset_cpus("4000");
              }),
              ::testing::Not(test::IsOk()));
  EXPECT_THAT(runtime.Containers(), ::testing::IsEmpty());
  for (const std::string& directory :
       Cgroup(fixture.hierarchies(), fixture.cgroup_root() + "/" + pod).directories()) {
    for (const std::string& name : EntriesOf(directory)) {
      EXPECT_NE(name.size(), 64u) << directory << "/" << name;
    }
  }
  EXPECT_EQ(fixture.PodCgroups(), cgroups);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(CreateContainer, ARetryFindsWhatItsFirstAttemptMade) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  // The client goes away while the container is planned.
  std::atomic<bool> gone = false;
  ContainerRequest first = fixture.Request(*runtime.FindPod(pod), "main", "true");
  first.config.mutable_linux()->mutable_security_context()->set_run_as_username("root");
  first.read_file = [&](const Call&, absl::string_view path,
                        size_t) -> absl::StatusOr<std::string> {
    gone = true;
    return path == "/etc/passwd" ? "root:x:0:0::/:/bin/sh\n"
                                 : absl::StatusOr<std::string>(absl::NotFoundError("no"));
  };
  const Call leaving(absl::InfiniteFuture(), [&] { return gone.load(); });
  absl::StatusOr<std::string> made = runtime.CreateContainer(leaving, first);
  ASSERT_THAT(made, test::IsOkAndHolds(first.id));
  ContainerRequest retry = fixture.Request(*runtime.FindPod(pod), "main", "true");
  EXPECT_THAT(runtime.CreateContainer(fixture.Soon(), retry), test::IsOkAndHolds(first.id));
  EXPECT_THAT(runtime.CreateContainer(fixture.Soon(), retry),
              test::StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(CreateContainer, ARetryWaitsForItsFirstAttempt) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  std::atomic<bool> planning = false;
  std::atomic<bool> retried = false;
  ContainerRequest first = fixture.Request(*runtime.FindPod(pod), "main", "true");
  first.config.mutable_linux()->mutable_security_context()->set_run_as_username("root");
  first.read_file = [&](const Call&, absl::string_view path,
                        size_t) -> absl::StatusOr<std::string> {
    planning = true;
    EXPECT_TRUE(Eventually([&] { return retried.load(); }));
    return path == "/etc/passwd" ? "root:x:0:0::/:/bin/sh\n"
                                 : absl::StatusOr<std::string>(absl::NotFoundError("no"));
  };
  std::thread slow([&] {
    EXPECT_THAT(runtime.CreateContainer(fixture.Soon(), first), test::IsOkAndHolds(first.id));
  });
  ASSERT_TRUE(Eventually([&] { return planning.load(); }));
  // Meanwhile the pod is not held up by the planning.
  const std::string other = fixture.Start(pod, "other", "exit 0");
  fixture.AwaitExit(other);
  const Call retry(absl::InfiniteFuture(), [&] {
    retried = true;
    return false;
  });
  EXPECT_THAT(
      runtime.CreateContainer(retry, fixture.Request(*runtime.FindPod(pod), "main", "true")),
      test::IsOkAndHolds(first.id));
  slow.join();
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

// A node's specification with one device, all of whose edits can be seen from inside.
void WriteSpec(RuntimeFixture& fixture, const std::string& hook) {
  fixture.dir().Write("software/tool", "of the node\n");
  const std::string text = absl::StrCat(
      "cdiVersion: 0.7.0\nkind: vendor.com/class\ndevices:\n- name: zero\n  containerEdits:\n",
      "    env: [FROM_CDI=yes]\n    additionalGids: [4444]\n",
      "    deviceNodes:\n    - {path: /dev/cdi-zero, hostPath: /dev/zero, fileMode: 0640}\n",
      "    mounts:\n    - {hostPath: ", fixture.dir().Join("software/tool"),
      ", containerPath: /usr/tool, options: [ro]}\n",
      "    hooks:\n    - {hookName: createContainer, path: /bin/sh, args: [sh, -c, '", hook,
      "']}\n");
  const std::string path = fixture.dir().Write("cdi/vendor.yaml", text);
  chmod(path.c_str(), 0644);
  chmod(fixture.dir().Join("cdi").c_str(), 0755);
}

KERNEL_TEST(CreateContainer, GivesACdiDeviceWithAllItsEdits) {
  RuntimeFixture fixture;
  fixture.options().cdi_spec_dirs = {fixture.dir().Join("cdi")};
  PodRuntime& runtime = fixture.Open();
  // Finds the root as hooks do: by the state on stdin and the configuration in the bundle.
  WriteSpec(fixture,
            R"(bundle=$(sed "s/.*\"bundle\":\"\([^\"]*\).*/\1/"); )"
            R"(root=$(sed "s/.*\"root\":{\"path\":\"\([^\"]*\).*/\1/" $bundle/config.json); )"
            "echo made > $root/hooked");
  const std::string pod = fixture.RunPod("one");
  ContainerRequest request = fixture.Request(*runtime.FindPod(pod), "main",
                                             "echo $FROM_CDI; id -G; ls -ln /dev/cdi-zero; head -c "
                                             "3 /dev/cdi-zero; cat /usr/tool /hooked");
  (*request.config.mutable_annotations())["cdi.k8s.io/test"] = "vendor.com/class=zero";
  v1::LinuxContainerSecurityContext* security =
      request.config.mutable_linux()->mutable_security_context();
  security->mutable_run_as_user()->set_value(77);
  const absl::StatusOr<std::string> container = runtime.CreateContainer(fixture.Soon(), request);
  ASSERT_THAT(container, test::IsOk());
  ASSERT_THAT(runtime.StartContainer(fixture.Soon(), *container), test::IsOk());
  fixture.AwaitExit(*container);
  const std::string log = fixture.Log(*container);
  EXPECT_THAT(log, HasSubstr("F yes\n"));
  EXPECT_THAT(log, HasSubstr("F 0 4444\n"));
  EXPECT_THAT(log, ::testing::ContainsRegex("crw-r----- +1 77 +0 +1, +5 "));
  EXPECT_THAT(log, HasSubstr("of the node\n"));
  EXPECT_THAT(log, HasSubstr("F made\n"));
  // What the client asked for is what it is told.
  EXPECT_EQ(runtime.FindContainer(*container)->config.mounts_size(), 0);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(CreateContainer, RefusesADeviceThatNobodyKnows) {
  RuntimeFixture fixture;
  fixture.options().cdi_spec_dirs = {fixture.dir().Join("cdi")};
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  ContainerRequest request = fixture.Request(*runtime.FindPod(pod), "main", "true");
  request.config.add_cdi_devices()->set_name("vendor.com/class=x");
  EXPECT_THAT(runtime.CreateContainer(fixture.Soon(), request),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             HasSubstr("unresolvable CDI devices vendor.com/class=x")));
  EXPECT_THAT(runtime.Containers(), ::testing::IsEmpty());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(CreateContainer, AHookThatFailsEndsTheStartWithItsWords) {
  RuntimeFixture fixture;
  fixture.options().cdi_spec_dirs = {fixture.dir().Join("cdi")};
  PodRuntime& runtime = fixture.Open();
  WriteSpec(fixture, "echo no such GPU; exit 5");
  const std::string pod = fixture.RunPod("one");
  ContainerRequest request = fixture.Request(*runtime.FindPod(pod), "main", "true");
  request.config.add_cdi_devices()->set_name("vendor.com/class=zero");
  const std::string container = runtime.CreateContainer(fixture.Soon(), request).value();
  EXPECT_THAT(runtime.StartContainer(fixture.Soon(), container),
              test::StatusIs(absl::StatusCode::kInternal,
                             HasSubstr("run hook (/bin/sh): exit code 5: no such GPU")));
  EXPECT_EQ(fixture.StateOf(container), v1::CONTAINER_EXITED);
  EXPECT_THAT(EntriesOf(fixture.dir().Join("state/pods/" + pod)),
              ::testing::Not(::testing::Contains(::testing::StartsWith("bundle-"))));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

}  // namespace
}  // namespace berth::runtime
