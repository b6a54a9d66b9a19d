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

}  // namespace
}  // namespace berth::runtime
