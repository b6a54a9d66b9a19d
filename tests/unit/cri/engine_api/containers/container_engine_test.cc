// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_engine.h"

#include <functional>
#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/containers/lifecycle_under_test.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

class ContainerEngineTest : public ::testing::Test, public EngineUnderTest {
 protected:
  ContainerEngineTest() { Open(); }
};

TEST_F(ContainerEngineTest, WhatIsNotThereIsSaidInDockersWords) {
  EXPECT_THAT(engine->Start(Call(), "web"),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("No such container: web")));
  EXPECT_THAT(engine->Create(Call(), {.name = "web",
                                      .config = {{"Image", "none:1"}},
                                      .host_config = Json::object(),
                                      .networking = Json::object()}),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("No such image: none:1")));
  // NotFound would have a client pull the image.
  EXPECT_THAT(
      Create("web", {{"NetworkMode", "nowhere"}}),
      test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("network nowhere not found")));
  EXPECT_THAT(
      Create("web", {{"NetworkMode", "container:nobody"}}),
      test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("No such container: nobody")));
  EXPECT_TRUE(engine->All().empty());
  EXPECT_TRUE(images.RootfsKeys().empty());
}

TEST_F(ContainerEngineTest, APodGetsTheNetworksOfItsContainer) {
  const auto id = Create("web", {{"PortBindings", {{"80/tcp", {{{"HostPort", ""}}}}}},
                                 {"ExtraHosts", {"node:host-gateway"}}});
  ASSERT_THAT(id, test::IsOk());
  // The pod of a container that did not start is gone, and with it what it had of networks.
  EXPECT_FALSE(engine->Start(Call(), "web").ok());
  ASSERT_EQ(runtime.pods.size(), 1u);
  const runtime::PodSnapshot& pod = runtime.pods[0];
  ASSERT_EQ(pod.extras.networks.size(), 1u);
  EXPECT_THAT(pod.extras.networks[0].config, HasSubstr("berth-unit0"));
  EXPECT_GT(pod.config.port_mappings(0).host_port(), 0);
  EXPECT_THAT(pod.extras.hosts, ::testing::ElementsAre("172.17.0.1\tnode"));
  EXPECT_EQ(networks->Settings(*id)["Ports"], Json::object());
  ASSERT_THAT(engine->Remove(Call(), "web", {}), test::IsOk());
  EXPECT_EQ(networks->Settings(*id)["Networks"], Json::object());
}

TEST_F(ContainerEngineTest, ANetworkIsSharedWithOneThatRuns) {
  const auto other = Create("other", Json::object());
  ASSERT_THAT(other, test::IsOk());
  ASSERT_THAT(Create("guest", {{"NetworkMode", "container:other"}}), test::IsOk());
  EXPECT_EQ(engine->Find("guest")->host_config["NetworkMode"], "container:" + *other);
  EXPECT_THAT(engine->Start(Call(), "guest"),
              test::StatusIs(absl::StatusCode::kFailedPrecondition,
                             HasSubstr("cannot join network of a non running container")));
}

TEST_F(ContainerEngineTest, WhoWaitsForAStartIsSentAwayByTheRemoval) {
  const auto id = Create("web", Json::object());
  ASSERT_THAT(id, test::IsOk());
  const auto ticket = engine->attachments().Queue(*id, {});
  ASSERT_THAT(engine->Remove(Call(), "web", {}), test::IsOk());
  EXPECT_THAT(ticket->Await(Call()), test::StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ContainerEngineTest, OfAContainerOfAPodOnlySomeIsThere) {
  const std::string id(64, 'a');
  runtime::ContainerSnapshot& of_pod = pods.containers.emplace_back();
  of_pod.id = id;
  EXPECT_THAT(engine->FindAny(id), test::IsOk());
  EXPECT_THAT(engine->Hold(Call(), id), test::IsOk());
  const auto refused = test::StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("is of a pod"));
  EXPECT_THAT(engine->Find(id), refused);
  EXPECT_THAT(engine->Start(Call(), id), refused);
  EXPECT_THAT(engine->Remove(Call(), id, {}), refused);
}

TEST(ContainerEngineUpdate, PlansTheLimitsFromAllThatAreInForce) {
  LifecycleUnderTest t;
  t.Running("web").host_config = {{"Memory", 100 << 20}};
  t.OpenWithRecords();
  const auto update = [&](const Json& changes) { return t.engine->Update(Call(), "web", changes); };
  ASSERT_THAT(update({{"MemorySwap", 200 << 20}}), test::IsOk());
  EXPECT_EQ(t.runtime.resources.memory_limit_in_bytes(), 100 << 20);
  EXPECT_EQ(t.runtime.resources.memory_swap_limit_in_bytes(), 200 << 20);
  ASSERT_THAT(update({{"MemorySwap", -1}, {"PidsLimit", -1}}), test::IsOk());
  EXPECT_EQ(t.runtime.resources.memory_swap_limit_in_bytes(), -1);
  EXPECT_EQ(t.runtime.resources.unified().at("pids.max"), "max");
  ASSERT_THAT(update({{"CpuQuota", 50'000}}), test::IsOk());
  ASSERT_THAT(update({{"CpuPeriod", 200'000}}), test::IsOk());
  EXPECT_EQ(t.runtime.resources.cpu_quota(), 50'000);
  EXPECT_EQ(t.runtime.resources.cpu_period(), 200'000);
  ASSERT_THAT(update({{"BlkioWeight", 500}}), test::IsOk());
  EXPECT_EQ(t.runtime.resources.unified().at("io.bfq.weight"), "500\n");
  EXPECT_THAT(update({{"CpuRealtimePeriod", 500}}),
              test::StatusIs(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(update({{"Memory", 300 << 20}, {"MemorySwap", 200 << 20}}),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
}

// A runtime in which something else happens while a container is being started.
struct BusyRuntime : test::FakePodRuntime {
  absl::Status StartContainer(const Call& call, absl::string_view id) override {
    meanwhile();
    return FakePodRuntime::StartContainer(call, id);
  }
  std::function<void()> meanwhile;
};

TEST(ContainerEngineAttach, WhoComesDuringAStartIsNotForgotten) {
  BusyRuntime runtime;
  EngineUnderTest t;
  t.Open();
  t.engine = ContainerEngine::Open(t.PartsOver(runtime, t.images), t.space.Join("root")).value();
  const auto id = t.Create("web", {{"NetworkMode", "none"}});
  ASSERT_THAT(id, test::IsOk());
  runtime.containers.emplace_back().id = *id;
  runtime.session = std::make_unique<runtime::ProcessSession>(
      runtime::ProcessSession::Kind::kAttach, runtime::ProcessEnds());
  std::unique_ptr<AttachDesk::Ticket> ticket;
  runtime.meanwhile = [&] { ticket = t.engine->attachments().Queue(*id, {.output = true}); };
  ASSERT_THAT(t.engine->Start(Call(), "web"), test::IsOk());
  const auto session = ticket->Await(Call::WithTimeout(absl::ZeroDuration()));
  ASSERT_THAT(session, test::IsOk());
  EXPECT_NE(*session, nullptr);
}

}  // namespace
}  // namespace berth::cri
