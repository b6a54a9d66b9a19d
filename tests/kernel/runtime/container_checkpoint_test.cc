// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_checkpoint.h"

#include <signal.h>

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/json.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// A runtime with a script in the place of CRIU, for what Berth does around it, and containers that
// count. That CRIU itself works is integration/checkpoint_test's.
class CheckpointBench {
 public:
  explicit CheckpointBench(const std::string& script) {
    const std::string path = fixture_.dir().Join("criu");
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    criu_ = path;
    fixture_.Open();
    pod_ = fixture_.RunPod("one");
  }

  std::string Start(const std::string& name) { return fixture_.Start(pod_, name, kCount); }

  CheckpointRequest Request(const std::string& container) {
    const std::string directory = fixture_.dir().Join(absl::StrCat("save", ++count_));
    std::filesystem::create_directory(directory);
    return {.container_id = container,
            .directory = directory,
            .while_still = [this](const Call&, const std::string&) {
              stood_still_.push_back(AllFrozen());
              return absl::OkStatus();
            }};
  }
  absl::Status Save(const std::vector<CheckpointRequest>& requests) {
    return Save(fixture_.Soon(), requests);
  }

  absl::Status Save(const Call& call, const std::vector<CheckpointRequest>& requests) {
    return Checkpointer::Of(runtime(), criu_)->Checkpoint(call, requests);
  }
  void Use(const std::string& criu) { criu_ = criu; }

  bool GoesOn(const std::string& container) {
    const std::string before = fixture_.Log(container);
    return Eventually([&] { return fixture_.Log(container).size() > before.size(); });
  }
  void Freeze(const std::string& container) {
    EXPECT_THAT(CgroupOf(container).SetFrozen(true), IsOk());
  }

  bool IsFrozen(const std::string& container) {
    const std::string version1 = CgroupOf(container).directory("freezer");
    return version1.empty()
               ? ReadAll(CgroupOf(container).unified_directory() + "/cgroup.freeze") == "1\n"
               : ReadAll(version1 + "/freezer.state") != "THAWED\n";
  }

  PodRuntime& runtime() { return fixture_.runtime(); }
  RuntimeFixture& fixture() { return fixture_; }
  const std::string& pod() const { return pod_; }
  const std::vector<bool>& stood_still() const { return stood_still_; }

 private:
  static constexpr char kCount[] = "while :; do echo x; sleep 0.02; done";

  Cgroup CgroupOf(const std::string& container) { return fixture_.CgroupOf(pod_, container); }
  bool AllFrozen() {
    for (const ContainerSnapshot& container : runtime().ContainersOf(pod_)) {
      if (!IsFrozen(container.id)) {
        return false;
      }
    }
    return true;
  }

  RuntimeFixture fixture_;
  std::string criu_;
  std::string pod_;
  int count_ = 0;
  std::vector<bool> stood_still_;
};

KERNEL_TEST(Checkpoint, SavesWhatStandsStillAndThenGoesOn) {
  CheckpointBench bench("echo \"$@\" > $(dirname $0)/arguments");
  const std::string first = bench.Start("first");
  const std::string second = bench.Start("second");
  const CheckpointRequest one = bench.Request(first), two = bench.Request(second);
  ASSERT_THAT(bench.Save({one, two}), IsOk());
  EXPECT_THAT(bench.stood_still(), ElementsAre(true, true));
  EXPECT_TRUE(bench.GoesOn(first));
  EXPECT_TRUE(bench.GoesOn(second));
  EXPECT_THAT(EntriesOf(one.directory), UnorderedElementsAre("checkpoint", "berth.dump"));
  const Json saved = *ParseJson(ReadAll(one.directory + "/berth.dump"), 1 << 20);
  EXPECT_EQ(saved["podNamespace"], "default");
  EXPECT_EQ(saved["ownNetwork"], false) << "the fixture's pods are on the host's";
  EXPECT_THAT(saved["streams"][0].get<std::string>(), HasSubstr("file["));
  EXPECT_THAT(saved["streams"][1].get<std::string>(), HasSubstr("pipe:["));
  const std::string arguments = ReadAll(bench.fixture().dir().Join("arguments"));
  EXPECT_THAT(arguments, HasSubstr(absl::StrCat("--work-dir ", two.directory)));
  EXPECT_THAT(arguments, HasSubstr("mnt[/etc/hosts]:/etc/hosts"));
  EXPECT_THAT(bench.runtime().RemovePod(bench.fixture().Soon(), bench.pod()), IsOk());
}

KERNEL_TEST(Checkpoint, AllGoOnWhenOneFails) {
  CheckpointBench bench("echo 'Error (criu/a.c:1): Connected TCP socket' >&2; exit 1");
  const std::string first = bench.Start("first");
  const std::string second = bench.Start("second");
  EXPECT_THAT(bench.Save({bench.Request(first), bench.Request(second)}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("Connected TCP socket")));
  EXPECT_TRUE(bench.GoesOn(first));
  EXPECT_TRUE(bench.GoesOn(second));
  CheckpointRequest failing = bench.Request(first);
  failing.while_still = [](const Call&, const std::string&) {
    return absl::ResourceExhaustedError("no room");
  };
  bench.Use("/bin/true");
  EXPECT_THAT(bench.Save({failing}), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_TRUE(bench.GoesOn(first));
}

KERNEL_TEST(Checkpoint, EndsWithItsCaller) {
  CheckpointBench bench("exec sleep 1000");
  const std::string container = bench.Start("first");
  EXPECT_THAT(bench.Save(Call::WithTimeout(absl::Milliseconds(300)), {bench.Request(container)}),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_TRUE(bench.GoesOn(container));
}

KERNEL_TEST(Checkpoint, IsOfContainersThatRunInOnePod) {
  CheckpointBench bench("exit 0");
  RuntimeFixture& fixture = bench.fixture();
  const std::string created = fixture.Create(bench.pod(), "created", "sleep 1000");
  EXPECT_THAT(bench.Save({bench.Request(created)}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not running")));
  EXPECT_THAT(bench.Save({bench.Request(std::string(64, 'f'))}),
              StatusIs(absl::StatusCode::kNotFound));
  const std::string other = fixture.Start(fixture.RunPod("two"), "other", "sleep 1000");
  EXPECT_THAT(bench.Save({bench.Request(bench.Start("first")), bench.Request(other)}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(bench.stood_still().empty());
}

KERNEL_TEST(Checkpoint, WhatADeadDaemonHasFrozenGoesOn) {
  CheckpointBench bench("exit 0");
  const std::string container = bench.Start("first");
  bench.Freeze(container);
  bench.fixture().Open();
  EXPECT_TRUE(bench.GoesOn(container));
}

KERNEL_TEST(Checkpoint, WhatADeadDaemonHasFrozenGoesOnUnderASilentShim) {
  CheckpointBench bench("exit 0");
  const std::string container = bench.Start("first");
  bench.Freeze(container);
  const int shim = bench.runtime().FindPod(bench.pod())->shim_pid;
  bench.fixture().Close();
  ASSERT_EQ(kill(shim, SIGSTOP), 0);
  bench.fixture().Open();
  EXPECT_FALSE(bench.IsFrozen(container));
  ASSERT_EQ(kill(shim, SIGCONT), 0);
  EXPECT_TRUE(bench.GoesOn(container));
}

}  // namespace
}  // namespace berth::runtime
