// SPDX-License-Identifier: Apache-2.0
#include "cri/messages.h"

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

runtime::PodSnapshot Pod() {
  runtime::PodSnapshot pod;
  pod.id = "abc123";
  pod.config.mutable_metadata()->set_name("web");
  (*pod.config.mutable_labels())["app"] = "web";
  pod.state = v1::SANDBOX_READY;
  pod.network.ips = {"10.0.0.2", "fd00::2", "fd00::3"};
  return pod;
}

runtime::ContainerSnapshot Container() {
  runtime::ContainerSnapshot container;
  container.id = "def456";
  container.pod_id = "abc123";
  container.state = v1::CONTAINER_RUNNING;
  container.image.id = "sha256:1";
  container.image.reference = "busybox:1";
  container.image.repo_digest = "b@sha256:2";
  container.config.mutable_image()->set_image("sha256:1");
  (*container.config.mutable_labels())["app"] = "web";
  container.config.add_envs()->set_key("PASSWORD");
  container.config.mutable_envs(0)->set_value("hunter2");
  return container;
}

TEST(PodStatus, ListsThePrimaryAddressFirst) {
  const v1::PodSandboxStatus status = ToPodSandboxStatus(Pod());
  EXPECT_EQ(status.network().ip(), "10.0.0.2");
  ASSERT_EQ(status.network().additional_ips_size(), 2);
  EXPECT_EQ(status.network().additional_ips(0).ip(), "fd00::2");
}

TEST(PodStatus, EchoesTheNamespaceOptions) {
  runtime::PodSnapshot pod = Pod();
  pod.config.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_network(
      v1::NODE);
  EXPECT_EQ(ToPodSandboxStatus(pod).linux().namespaces().options().network(), v1::NODE);
}

TEST(ContainerStatus, ShowsTheNameAPersonKnowsAndTheDigests) {
  const v1::ContainerStatus status = ToContainerStatus(Container());
  EXPECT_EQ(status.image().image(), "busybox:1");
  EXPECT_EQ(status.image_ref(), "b@sha256:2");
  EXPECT_EQ(status.image_id(), "sha256:1");
}

TEST(ContainerInfo, HidesTheEnvironment) {
  const std::string json = ContainerInfoJson(Container(), /*frozen=*/true);
  EXPECT_TRUE(absl::StrContains(json, R"("frozen":true)"));
  EXPECT_TRUE(absl::StrContains(json, "PASSWORD"));
  EXPECT_FALSE(absl::StrContains(json, "hunter2"));
  EXPECT_FALSE(absl::StrContains(json, "aHVudGVyMg"));  // nor as base64
}

TEST(ContainerStats, LeavesOutWhatIsNotKnown) {
  runtime::ContainerUsage usage;
  usage.cpu_ns = 7;
  const v1::ContainerStats stats = ToContainerStats(Container(), usage);
  EXPECT_EQ(stats.cpu().usage_core_nano_seconds().value(), 7u);
  EXPECT_FALSE(stats.cpu().has_usage_nano_cores());
  EXPECT_FALSE(stats.memory().has_available_bytes());
  EXPECT_FALSE(stats.has_swap());
}

struct UserCase {
  const char* user;
  bool has_uid;
  int64_t uid;
  const char* name;
};

TEST(Image, ShowsEitherUidOrUserName) {
  const UserCase cases[] = {{"", false, 0, ""},
                            {"1002", true, 1002, ""},
                            {"1003:users", true, 1003, ""},
                            {"www-data", false, 0, "www-data"},
                            {"www-data:100", false, 0, "www-data"}};
  for (const UserCase& expected : cases) {
    imageservice::Image image;
    image.process.user = expected.user;
    const v1::Image message = ToImage(image);
    EXPECT_EQ(message.has_uid(), expected.has_uid) << expected.user;
    EXPECT_EQ(message.uid().value(), expected.uid) << expected.user;
    EXPECT_EQ(message.username(), expected.name) << expected.user;
  }
}

TEST(Filter, AllConditionsHoldTogether) {
  v1::ContainerFilter filter;
  EXPECT_TRUE(Matches(Container(), filter));
  filter.set_id("def");
  filter.set_pod_sandbox_id("abc");
  filter.mutable_state()->set_state(v1::CONTAINER_RUNNING);
  (*filter.mutable_label_selector())["app"] = "web";
  EXPECT_TRUE(Matches(Container(), filter));
  filter.mutable_state()->set_state(v1::CONTAINER_EXITED);
  EXPECT_FALSE(Matches(Container(), filter));
}

TEST(Filter, LabelsMustBeEqual) {
  v1::PodSandboxFilter filter;
  (*filter.mutable_label_selector())["app"] = "we";
  EXPECT_FALSE(Matches(Pod(), filter));
  (*filter.mutable_label_selector())["app"] = "web";
  EXPECT_TRUE(Matches(Pod(), filter));
  (*filter.mutable_label_selector())["tier"] = "";
  EXPECT_FALSE(Matches(Pod(), filter));
}

TEST(Messages, StatsHavePressureWhereThereIsOne) {
  runtime::ContainerSnapshot container;
  runtime::ContainerUsage usage;
  EXPECT_FALSE(ToContainerStats(container, usage).cpu().has_psi());
  EXPECT_FALSE(ToContainerStats(container, usage).has_io());
  usage.cpu_pressure.emplace().some = {.total_ns = 7, .avg10 = 1.5, .avg60 = 2.5, .avg300 = 3.5};
  usage.memory_pressure.emplace().full.total_ns = 8;
  usage.io_pressure.emplace().some.total_ns = 9;
  const v1::ContainerStats stats = ToContainerStats(container, usage);
  EXPECT_EQ(stats.cpu().psi().some().total(), 7u);
  EXPECT_DOUBLE_EQ(stats.cpu().psi().some().avg10(), 1.5);
  EXPECT_DOUBLE_EQ(stats.cpu().psi().some().avg300(), 3.5);
  EXPECT_EQ(stats.memory().psi().full().total(), 8u);
  EXPECT_EQ(stats.io().psi().some().total(), 9u);
  const v1::PodSandboxStats pod = ToPodSandboxStats(runtime::PodSnapshot(), {.total = usage});
  EXPECT_EQ(pod.linux().io().psi().some().total(), 9u);
  EXPECT_EQ(pod.linux().memory().psi().full().total(), 8u);
}

}  // namespace
}  // namespace berth::cri
