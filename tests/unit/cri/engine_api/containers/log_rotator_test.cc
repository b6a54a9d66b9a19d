// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/log_rotator.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/log_limit.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {
namespace {

// The runtime as the rotator needs it, for several threads. Nobody opens anything.
class Shims : public test::FakePodRuntime {
 public:
  absl::Status ReopenLog(const Call&, absl::string_view id) override {
    absl::MutexLock lock(&mutex_);
    ++asked_[std::string(id)];
    const bool hangs = absl::StartsWith(id, "hung");
    mutex_.Await(absl::Condition(hangs ? &answering_ : &kAnswering));
    return id == "silent" ? absl::DeadlineExceededError("no answer") : absl::OkStatus();
  }
  int asked(const std::string& id) {
    absl::MutexLock lock(&mutex_);
    return asked_[id];
  }
  int hung() {
    absl::MutexLock lock(&mutex_);
    return static_cast<int>(std::count_if(asked_.begin(), asked_.end(), [](const auto& asked) {
      return absl::StartsWith(asked.first, "hung");
    }));
  }
  void Answer() {
    absl::MutexLock lock(&mutex_);
    answering_ = true;
  }

 private:
  static constexpr bool kAnswering = true;
  absl::Mutex mutex_;
  bool answering_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, int> asked_ ABSL_GUARDED_BY(mutex_);
};

runtime::ContainerSnapshot Running(const std::string& id) {
  runtime::ContainerSnapshot container;
  container.id = id;
  container.state = ::runtime::v1::CONTAINER_RUNNING;
  return container;
}

class LogRotatorTest : public ::testing::Test {
 protected:
  // Of CRI, limited to ten bytes.
  runtime::ContainerSnapshot OfPod(const std::string& id) const {
    runtime::ContainerSnapshot container = Running(id);
    container.log_path = space.Join(id);
    (*container.config.mutable_annotations())[std::string(kLogLimit)] = "10";
    return container;
  }
  void Say(const std::string& id) const { std::ofstream(space.Join(id)) << "more than ten"; }
  bool IsRotated(const std::string& id) const {
    return std::filesystem::exists(space.Join(id) + ".1");
  }
  void AddToEngine(const std::string& id, bool limited) {
    EngineContainerRecord record;
    record.name = id;
    record.config = record.host_config = Json::object();
    if (limited) {
      record.host_config["LogConfig"] = {{"Type", "json-file"},
                                         {"Config", {{"max-size", "10"}, {"max-file", "2"}}}};
    }
    ASSERT_TRUE(t.database->Put(EngineTable::kContainers, id, FormatRecord(record)).ok());
  }

  const test::TempDir space;
  EngineUnderTest t;
  Shims shims;
};

TEST_F(LogRotatorTest, RotatesWhatIsTooLargeAndRunsAndIsLimited) {
  for (const char* id : {"c0", "c1", "c2", "c3", "c4"}) {
    AddToEngine(id, std::string(id) != "c2");
    if (std::string(id) != "c4") {  // which does not run
      shims.containers.push_back(Running(id));
    }
  }
  t.Open();
  for (const char* id : {"c1", "c2", "c3", "c4"}) {
    const std::string path = t.engine->LogPath(id);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << (std::string(id) == "c3" ? "short" : "more than ten");
  }
  {
    const LogRotator rotator(*t.engine, shims);
    EXPECT_TRUE(test::Eventually([&] {
      // Of c0 the file is missing: a daemon was killed between moving it and having one opened.
      return shims.asked("c0") > 0 && std::filesystem::exists(t.engine->LogPath("c1") + ".1");
    }));
  }
  for (const char* id : {"c2", "c3", "c4"}) {
    EXPECT_FALSE(std::filesystem::exists(t.engine->LogPath(id) + ".1")) << id;
    EXPECT_EQ(shims.asked(id), 0) << id;
  }
}

TEST(LogRotator, LimitsOfPodsAreTheirClients) {
  runtime::ContainerSnapshot container;
  container.id = "c1";
  container.log_path = "/logs/0.log";
  EXPECT_EQ(LimitOf(container), std::nullopt);
  std::string& limit = (*container.config.mutable_annotations())[std::string(kLogLimit)];
  for (const char* wrong : {"", "0", "-1", "1m"}) {
    limit = wrong;
    EXPECT_EQ(LimitOf(container), std::nullopt) << wrong;
  }
  limit = "1000";
  ASSERT_TRUE(LimitOf(container).has_value());
  EXPECT_EQ(LimitOf(container)->path, "/logs/0.log");
  EXPECT_EQ(LimitOf(container)->max_size, 1000);
  EXPECT_EQ(LimitOf(container)->max_files, 2);
}

TEST_F(LogRotatorTest, RotatesWhatPodsAskFor) {
  t.Open();
  shims.containers.push_back(OfPod("c1"));
  Say("c1");
  const LogRotator rotator(*t.engine, shims);
  EXPECT_TRUE(test::Eventually([&] { return IsRotated("c1"); }));
}

TEST_F(LogRotatorTest, LearnsOfWhatStarts) {
  t.Open();
  Say("c1");
  const LogRotator rotator(*t.engine, shims);
  runtime::ContainerEvent event;
  event.id = "c1";
  event.type = ::runtime::v1::CONTAINER_STARTED_EVENT;
  event.containers = {OfPod("c1")};  // and not in what the runtime lists
  ASSERT_EQ(shims.subscribers.size(), 1u);
  ASSERT_TRUE(shims.subscribers[0].lock()->Push(std::make_shared<runtime::ContainerEvent>(event)));
  EXPECT_TRUE(test::Eventually([&] { return IsRotated("c1"); }));
}

TEST_F(LogRotatorTest, AShimThatDoesNotAnswerIsAskedSeldom) {
  t.Open();
  for (const char* id : {"silent", "c1"}) {
    shims.containers.push_back(OfPod(id));
    Say(id);
  }
  const LogRotator rotator(*t.engine, shims);
  // Of c1 no new file appears, so that it is asked without end.
  EXPECT_TRUE(
      test::Eventually([&] { return shims.asked("c1") >= 20 && shims.asked("silent") > 0; }));
  EXPECT_LT(shims.asked("silent"), 5);
}

TEST_F(LogRotatorTest, OneFilesystemThatDoesNotAnswerHoldsUpNoOther) {
  t.Open();
  const std::string elsewhere =
      absl::StrCat("/dev/shm/", std::filesystem::path(space.path()).filename().string());
  std::filesystem::create_directory(elsewhere);
  const absl::Cleanup remove = [&] { std::filesystem::remove_all(elsewhere); };
  for (int i = 0; i < 10; ++i) {
    shims.containers.push_back(OfPod(absl::StrCat("hung", i)));
    Say(absl::StrCat("hung", i));
  }
  shims.containers.push_back(OfPod("z"));
  shims.containers.back().log_path = elsewhere + "/z";
  std::ofstream(elsewhere + "/z") << "more than ten";
  const LogRotator rotator(*t.engine, shims);
  const absl::Cleanup answer = [&] { shims.Answer(); };  // before it ends
  EXPECT_TRUE(test::Eventually(
      [&] { return shims.asked("z") > 2 && shims.hung() >= LookQueue::kThreadsOfOne; }));
  EXPECT_EQ(shims.hung(), LookQueue::kThreadsOfOne);
  shims.Answer();
  EXPECT_TRUE(test::Eventually([&] { return shims.hung() == 10; }));
}

TEST_F(LogRotatorTest, AContainerThatStartsAnewHoldsUpNoSecondThread) {
  t.Open();
  Say("hung");
  shims.containers.push_back(OfPod("hung"));
  const LogRotator rotator(*t.engine, shims);
  const absl::Cleanup answer = [&] { shims.Answer(); };
  ASSERT_TRUE(test::Eventually([&] { return shims.hung() == 1; }));
  runtime::ContainerEvent event;
  event.id = "hung";
  event.containers = {OfPod("hung")};
  const auto tell = [&](::runtime::v1::ContainerState state) {
    event.containers[0].state = state;
    return shims.subscribers[0].lock()->Push(std::make_shared<runtime::ContainerEvent>(event));
  };
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(tell(::runtime::v1::CONTAINER_EXITED));
    ASSERT_TRUE(tell(::runtime::v1::CONTAINER_RUNNING));
  }
  event.id = "c1";
  event.containers = {OfPod("c1")};
  Say("c1");
  ASSERT_TRUE(tell(::runtime::v1::CONTAINER_RUNNING));
  EXPECT_TRUE(test::Eventually([&] { return shims.asked("c1") > 0; }));
  EXPECT_EQ(shims.asked("hung"), 1);
}

}  // namespace
}  // namespace berth::cri
