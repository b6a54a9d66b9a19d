// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_plugins.h"

#include <fcntl.h>

#include <atomic>
#include <memory>
#include <thread>

#include "absl/strings/str_join.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/sys/inode.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/nri/fake_plugin.h"

namespace berth::nri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;

class Plugins : public ::testing::Test {
 protected:
  void Start(absl::Duration request_timeout = absl::Seconds(2)) {
    NriOptions options;
    options.socket = dir.Join("nri/nri.sock");
    options.plugin_dir = dir.Join("plugins");
    options.config_dir = dir.Join("conf.d");
    options.registration_timeout = kPatience;
    options.request_timeout = request_timeout;
    auto created = NriPlugins::Create(
        options, NriRuntime{[this] { return inventory; },
                            [this](const Call& call, const std::string& plugin,
                                   const std::vector<api::ContainerUpdate>& updates,
                                   const std::vector<api::ContainerEviction>&) {
                              absl::MutexLock lock(&mutex);
                              if (updates_last) {
                                updating.Notify();
                                while (call.Check().ok()) {
                                }
                                return updates;
                              }
                              for (const api::ContainerUpdate& update : updates) {
                                updated.push_back(plugin + " " + update.container_id());
                              }
                              return std::vector<api::ContainerUpdate>();
                            }});
    ASSERT_THAT(created, IsOk());
    plugins = *std::move(created);
    plugins->Start();
  }
  // Returns when it has been told of the inventory.
  std::unique_ptr<FakePlugin> Connect(
      const std::string& index, const std::string& name,
      FakePlugin::Answers answers = [](const std::string&, const std::string&) {
        return FakeAnswer();
      }) {
    auto plugin =
        std::make_unique<FakePlugin>(ConnectAsPlugin(dir.Join("nri/nri.sock")), std::move(answers));
    EXPECT_TRUE(plugin->Register(index, name).has_value());
    plugin->AwaitCalls(2);
    return plugin;
  }
  std::string Order() {
    std::vector<std::string> names;
    EXPECT_THAT(plugins->ForEach(Call(),
                                 [&](NriPlugin& plugin, const Call&) {
                                   names.push_back(plugin.name());
                                   return absl::OkStatus();
                                 }),
                IsOk());
    return absl::StrJoin(names, " ");
  }
  std::vector<std::string> AwaitUpdates(size_t count) {
    absl::MutexLock lock(&mutex);
    auto enough = [&] { return updated.size() >= count; };
    mutex.AwaitWithTimeout(absl::Condition(&enough), kPatience);
    return updated;
  }

  test::TempDir dir;
  Inventory inventory;
  absl::Mutex mutex;
  std::vector<std::string> updated;
  bool updates_last = false;  // until their call ends
  absl::Notification updating;
  std::unique_ptr<NriPlugins> plugins;
};

TEST_F(Plugins, AreAskedInTheOrderOfTheirIndices) {
  Start();
  EXPECT_TRUE(plugins->empty());
  const auto second = Connect("20", "b");
  const auto first = Connect("10", "z");
  const auto third = Connect("20", "a");
  EXPECT_EQ(Order(), "10-z 20-b 20-a");
  EXPECT_FALSE(plugins->empty());
  EXPECT_THAT(first->AwaitCalls(2), ElementsAre("Configure", "Synchronize"));
}

TEST_F(Plugins, AnErrorEndsTheRound) {
  Start();
  const auto first = Connect("10", "a");
  const auto second = Connect("20", "b");
  int asked = 0;
  EXPECT_THAT(plugins->ForEach(Call(),
                               [&](NriPlugin&, const Call&) {
                                 ++asked;
                                 return absl::FailedPreconditionError("no");
                               }),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(asked, 1);
}

TEST_F(Plugins, OneThatLeavesIsAskedNoMore) {
  Start();
  auto leaver = Connect("10", "a");
  const auto other = Connect("20", "b");
  leaver.reset();
  api::ContainerEvent event;
  auto ask = [&](NriPlugin& plugin, const Call& call) {
    return plugin.Ask(api::EVENT_START_CONTAINER, event, nullptr, call).status();
  };
  EXPECT_THAT(plugins->ForEach(Call(), ask), IsOk());
  EXPECT_EQ(Order(), "20-b");
}

TEST_F(Plugins, OneWhoseCallerDoesNotWaitIsAskedAgain) {
  Start();
  const auto slow = Connect("10", "a", [](const std::string& method, const std::string&) {
    return method == "StartContainer" ? NoAnswer() : FakeAnswer();
  });
  std::atomic<bool> gone = false;
  std::thread leaver([&] {
    slow->AwaitCalls(3);
    gone = true;
  });
  api::ContainerEvent event;
  EXPECT_THAT(plugins->ForEach(
                  Call(absl::InfiniteFuture(), [&gone] { return gone.load(); }),
                  [&event](NriPlugin& plugin, const Call& call) {
                    return plugin.Ask(api::EVENT_START_CONTAINER, event, nullptr, call).status();
                  }),
              StatusIs(absl::StatusCode::kCancelled));
  leaver.join();
  EXPECT_EQ(Order(), "10-a");
}

TEST_F(Plugins, OneThatHangsDoesNotJoin) {
  Start(absl::Milliseconds(20));
  const auto hanging = Connect("10", "a", [](const std::string& method, const std::string&) {
    return method == "Configure" ? NoAnswer() : FakeAnswer();
  });
  EXPECT_TRUE(hanging->AwaitEnd());
  EXPECT_EQ(Order(), "");
}

TEST_F(Plugins, NothingHappensWhileOneJoins) {
  inventory.containers.resize(1);
  inventory.containers[0].set_id("old");
  Start();
  absl::Notification synchronizing, go_on;
  std::unique_ptr<FakePlugin> joining;
  std::string told;
  std::thread connect([&] {
    joining = Connect("10", "a", [&](const std::string& method, const std::string& payload) {
      if (method == "Synchronize") {
        api::SynchronizeRequest request;
        request.ParseFromString(payload);
        told = request.containers(0).id();
        synchronizing.Notify();
        go_on.WaitForNotification();
      }
      return FakeAnswer();
    });
  });
  synchronizing.WaitForNotification();
  std::string order;
  std::thread asking([&] { order = Order(); });
  go_on.Notify();
  asking.join();
  connect.join();
  EXPECT_EQ(told, "old");
  EXPECT_EQ(order, "10-a");  // the event waited, and reached it
}

TEST_F(Plugins, WhatIsPostedComesBeforeWhatIsAskedLater) {
  Start();
  const auto plugin = Connect("10", "a", [](const std::string& method, const std::string&) {
    api::StopContainerResponse response;
    if (method == "StopContainer") {
      response.add_update()->set_container_id("other");
    }
    return FakeAnswer{0, response.SerializeAsString()};
  });
  plugins->Post(api::EVENT_STOP_CONTAINER, {});
  plugins->Post(api::EVENT_REMOVE_CONTAINER, {});
  api::ContainerEvent event;
  EXPECT_THAT(
      plugins->ForEach(Call(),
                       [&](NriPlugin& one, const Call& call) {
                         return one.Ask(api::EVENT_STOP_POD_SANDBOX, event, nullptr, call).status();
                       }),
      IsOk());
  EXPECT_THAT(plugin->AwaitCalls(5), ElementsAre("Configure", "Synchronize", "StopContainer",
                                                 "RemoveContainer", "StopPodSandbox"));
  EXPECT_THAT(AwaitUpdates(1), ElementsAre("10-a other"));
}

TEST_F(Plugins, NobodyWaitsForOthersLongerThanItsCaller) {
  Start();
  const auto plugin = Connect("10", "a");
  absl::Notification asking, go_on;
  std::thread slow([&] {
    EXPECT_THAT(plugins->ForEach(Call(),
                                 [&](NriPlugin&, const Call&) {
                                   asking.Notify();
                                   go_on.WaitForNotification();
                                   return absl::OkStatus();
                                 }),
                IsOk());
  });
  asking.WaitForNotification();
  bool begun = false;
  EXPECT_THAT(plugins->ForEach(
                  Call::WithTimeout(absl::Milliseconds(1)),
                  [](NriPlugin&, const Call&) { return absl::OkStatus(); }, [&] { begun = true; }),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_FALSE(begun);
  go_on.Notify();
  slow.join();
}

TEST_F(Plugins, WhatIsPostedToSlowOnesHasALimit) {
  Start();
  std::atomic<size_t> events = 0;
  const auto plugin = Connect("10", "a", [&](const std::string& method, const std::string&) {
    events += method == "RemoveContainer" ? 1 : 0;
    return FakeAnswer();
  });
  EXPECT_THAT(plugins->ForEach(
                  Call(), [](NriPlugin&, const Call&) { return absl::OkStatus(); },
                  [&] {
                    // Its turn is ours: nothing is delivered meanwhile.
                    for (size_t i = 0; i < kMaxPosted + 10; ++i) {
                      plugins->Post(api::EVENT_REMOVE_CONTAINER, {});
                    }
                  }),
              IsOk());
  EXPECT_EQ(events, kMaxPosted);
}

TEST_F(Plugins, UpdatesAreDoneThatOneWantsWhenItJoins) {
  Start();
  const auto plugin = Connect("10", "a", [](const std::string& method, const std::string&) {
    api::SynchronizeResponse response;
    if (method == "Synchronize") {
      response.add_update()->set_container_id("c");
    }
    return FakeAnswer{0, response.SerializeAsString()};
  });
  EXPECT_THAT(AwaitUpdates(1), ElementsAre("10-a c"));
}

TEST_F(Plugins, TheirUpdatesDoNotHoldUpTheEnd) {
  updates_last = true;
  Start();
  const auto plugin =
      Connect("10", "a", [](const std::string&, const std::string&) { return FakeAnswer(); });
  std::thread caller([&] {
    api::UpdateContainersRequest request;
    request.add_update()->set_container_id("c");
    plugin->Call("UpdateContainers", request);
  });
  updating.WaitForNotification();
  plugins->Stop();
  caller.join();
}

TEST_F(Plugins, InstalledOnesThatDoNotRegisterAreNotUsed) {
  ASSERT_TRUE(
      sys::SetModeAt(AT_FDCWD, dir.Write("plugins/10-a", "#!/bin/sh\n").c_str(), 0755).ok());
  Start();
  EXPECT_TRUE(plugins->empty());
}

TEST_F(Plugins, TheSocketOfAnotherRuntimeIsLeftAlone) {
  Start();
  auto first = std::move(plugins);
  Start();
  const auto plugin = Connect("10", "a");
  EXPECT_EQ(Order(), "");
  std::swap(first, plugins);
  EXPECT_EQ(Order(), "10-a");
}

TEST_F(Plugins, HearOfTheEnd) {
  Start();
  const auto plugin = Connect("10", "a");
  EXPECT_EQ(Order(), "10-a");
  plugins->Stop();
  EXPECT_THAT(plugin->AwaitCalls(3), ElementsAre("Configure", "Synchronize", "Shutdown"));
  EXPECT_TRUE(plugin->AwaitEnd());
  EXPECT_TRUE(plugins->empty());
}

}  // namespace
}  // namespace berth::nri
