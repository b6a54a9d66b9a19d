// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_plugin.h"

#include <memory>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/nri/fake_plugin.h"

namespace berth::nri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Answer = FakePlugin::Answer;

absl::Time Soon() {
  return SteadyNow() + kPatience;
}

Answer Events(int32_t events) {
  api::ConfigureResponse response;
  response.set_events(events);
  return {0, response.SerializeAsString()};
}

class PluginUnderTest : public ::testing::Test {
 protected:
  void Connect(FakePlugin::Answers answers = [](const std::string&, const std::string&) {
    return Answer();
  }) {
    SocketEnds ends = MakeSocketEnds();
    fake = std::make_unique<FakePlugin>(std::move(ends.plugin), std::move(answers));
    plugin = std::make_unique<NriPlugin>(
        std::move(ends.runtime),
        [](const std::string& name, const api::UpdateContainersRequest& request) {
          api::UpdateContainersResponse response;
          *response.mutable_failed() = request.update();
          response.add_failed()->set_container_id(name);
          return response;
        });
  }
  void Join() {
    ASSERT_TRUE(fake->Register("07", "lucky").has_value());
    ASSERT_THAT(plugin->AwaitRegistration(Soon()), IsOk());
    ASSERT_THAT(plugin->Configure({}, Soon()), IsOk());
  }
  absl::StatusOr<bool> Start() {
    api::ContainerEvent event;
    event.mutable_pod()->set_id("p");
    event.mutable_container()->set_id("c");
    return plugin->Ask(api::EVENT_START_CONTAINER, event, nullptr, Call(Soon()));
  }

  std::unique_ptr<FakePlugin> fake;
  std::unique_ptr<NriPlugin> plugin;
};

TEST(PluginNames, AreCheckedByTheirLetters) {
  EXPECT_TRUE(IsPluginIndex("00"));
  for (const char* index : {"", "0", "000", "a0", "-1"}) {
    EXPECT_FALSE(IsPluginIndex(index)) << index;
  }
  EXPECT_TRUE(IsPluginName("a-b_c.d+E9"));
  for (const char* name : {"", "a/b", "a b", "a\n"}) {
    EXPECT_FALSE(IsPluginName(name)) << name;
  }
}

TEST_F(PluginUnderTest, SaysWhoItIs) {
  Connect();
  EXPECT_THAT(plugin->AwaitRegistration(SteadyNow()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(fake->Register("7", "lucky")->status().code(), 3);
  EXPECT_EQ(fake->Register("07", "lucky")->status().code(), 0);
  EXPECT_THAT(plugin->AwaitRegistration(Soon()), IsOk());
  EXPECT_EQ(plugin->name(), "07-lucky");
  EXPECT_EQ(fake->Register("08", "other")->status().code(), 9);
  EXPECT_EQ(plugin->name(), "07-lucky");
}

TEST_F(PluginUnderTest, UpdatesContainersOnceItIsRegistered) {
  Connect();
  api::UpdateContainersRequest request;
  request.add_update()->set_container_id("c");
  EXPECT_EQ(fake->Call("UpdateContainers", request)->status().code(), 9);
  ASSERT_TRUE(fake->Register("07", "lucky").has_value());
  const auto answer = fake->Call("UpdateContainers", request);
  api::UpdateContainersResponse response;
  ASSERT_TRUE(response.ParseFromString(answer->payload()));
  ASSERT_EQ(response.failed_size(), 2);
  EXPECT_EQ(response.failed(0).container_id(), "c");
  EXPECT_EQ(response.failed(1).container_id(), "07-lucky");
}

TEST_F(PluginUnderTest, WantsSoManyUpdatesAtATime) {
  Connect();
  ASSERT_TRUE(fake->Register("07", "lucky").has_value());
  api::UpdateContainersRequest request;
  for (size_t i = 0; i < kMaxWanted; ++i) {
    request.add_update()->set_container_id("c");
  }
  EXPECT_EQ(fake->Call("UpdateContainers", request)->status().code(), 0);
  request.add_evict()->set_container_id("c");
  const auto refused = fake->Call("UpdateContainers", request);
  EXPECT_EQ(refused->status().code(), 8);
  EXPECT_THAT(refused->status().message(), HasSubstr("at most 4096 updates and evictions"));
  EXPECT_FALSE(plugin->closed());
}

TEST_F(PluginUnderTest, IsAskedWhatItWants) {
  Connect([](const std::string& method, const std::string&) {
    return method == "Configure" ? Events(1 << (api::EVENT_START_CONTAINER - 1)) : Answer();
  });
  Join();
  EXPECT_THAT(Start(), IsOkAndHolds(true));
  EXPECT_THAT(plugin->Ask(api::EVENT_STOP_CONTAINER, api::ContainerEvent(), nullptr, Call(Soon())),
              IsOkAndHolds(false));
  EXPECT_THAT(fake->AwaitCalls(2), ElementsAre("Configure", "StartContainer"));
}

TEST_F(PluginUnderTest, EventsThatThereAreNotAreRefused) {
  for (const int32_t events : {1 << 14, -1}) {
    Connect([&](const std::string&, const std::string&) { return Events(events); });
    EXPECT_THAT(plugin->Configure({}, Soon()), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(PluginUnderTest, ItsRefusalCounts) {
  Connect([](const std::string& method, const std::string&) {
    return method == "StartContainer" ? Answer{2, "not today"} : Answer();
  });
  Join();
  EXPECT_THAT(Start().status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("NRI plugin 07-lucky refuses StartContainer: not today")));
  EXPECT_FALSE(plugin->closed());
}

TEST_F(PluginUnderTest, OneThatHangsOrTalksNonsenseIsCutOff) {
  for (const Answer& answer : {NoAnswer(), Answer{0, "\xff\xff"}}) {
    Connect([&](const std::string& method, const std::string&) {
      return method == "CreateContainer" ? answer : Answer();
    });
    Join();
    api::CreateContainerResponse response;
    EXPECT_THAT(plugin->Ask(api::EVENT_CREATE_CONTAINER, api::ContainerEvent(), &response,
                            Call::WithTimeout(absl::Milliseconds(50))),
                IsOkAndHolds(false));
    EXPECT_TRUE(plugin->closed());
    EXPECT_THAT(Start(), IsOkAndHolds(false));
  }
}

TEST_F(PluginUnderTest, AnOldOneIsToldByStateChange) {
  api::StateChangeEvent seen;
  Connect([&](const std::string& method, const std::string& payload) {
    if (method == "StateChange") {
      seen.ParseFromString(payload);
      return Answer();
    }
    return absl::StartsWith(method, "Start") ? Answer{12, "unknown"} : Answer();
  });
  Join();
  EXPECT_THAT(Start(), IsOkAndHolds(true));
  EXPECT_THAT(Start(), IsOkAndHolds(true));
  EXPECT_THAT(fake->AwaitCalls(4),
              ElementsAre("Configure", "StartContainer", "StateChange", "StateChange"));
  EXPECT_EQ(seen.event(), api::EVENT_START_CONTAINER);
  EXPECT_EQ(seen.pod().id(), "p");
  EXPECT_EQ(seen.container().id(), "c");
}

TEST_F(PluginUnderTest, WhatItDoesNotHaveItIsNotAsked) {
  Connect([](const std::string& method, const std::string&) {
    return method == "Configure" ? Answer() : Answer{12, "unknown"};
  });
  Join();
  EXPECT_THAT(Start(), IsOkAndHolds(false));
  EXPECT_FALSE(plugin->Wants(api::EVENT_START_CONTAINER));
  EXPECT_FALSE(plugin->closed());
}

TEST_F(PluginUnderTest, IsToldAFullNodeInParts) {
  Inventory inventory;
  inventory.containers.resize(20);
  for (api::Container& container : inventory.containers) {
    container.set_name(std::string(300 << 10, 'x'));
  }
  int containers = 0;
  Connect([&](const std::string& method, const std::string& payload) {
    api::SynchronizeRequest request;
    api::SynchronizeResponse response;
    if (method == "Synchronize") {
      request.ParseFromString(payload);
      containers += request.containers_size();
      response.set_more(request.more());
      if (!request.more()) {
        response.add_update()->set_container_id("c");
      }
    }
    return Answer{0, response.SerializeAsString()};
  });
  ASSERT_OK_AND_ASSIGN(const auto updates, plugin->Synchronize(inventory, Soon()));
  EXPECT_EQ(containers, 20);
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0].container_id(), "c");

  Connect();  // it does not say that it takes parts
  EXPECT_THAT(plugin->Synchronize(inventory, Soon()).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(PluginUnderTest, HearsOfTheEnd) {
  Connect();
  plugin->Shutdown(Soon());
  EXPECT_THAT(fake->AwaitCalls(1), ElementsAre("Shutdown"));
  EXPECT_TRUE(plugin->closed());
}

}  // namespace
}  // namespace berth::nri
