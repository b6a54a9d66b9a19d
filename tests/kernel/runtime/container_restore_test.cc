// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_restore.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/checkpoint/saved_container.h"
#include "runtime/checkpointer.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

// In the place of CRIU, for what Berth does with it: saves nothing, and to restore leaves processes
// that say so, and have the OOM score of another time. That CRIU itself works is
// integration/checkpoint_test's.
constexpr char kCriu[] =
    "#!/bin/sh\n"
    "[ $1 = restore ] || exit 0\n"
    "while [ $1 != --pidfile ]; do shift; done\n"
    "echo -700 > /proc/self/oom_score_adj\n"
    "( echo restored >&5; sleep 1000 & exec sleep 1000 ) &\n"
    "echo $! > $2\n";

class RestoreBench {
 public:
  explicit RestoreBench(const std::string& criu = kCriu) {
    const std::string path = fixture_.dir().Join("criu");
    std::ofstream(path) << criu;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    fixture_.Open();
    Reach();
    pod_ = fixture_.RunPod("one");
  }
  void Reach() { door_ = Checkpointer::Of(fixture_.runtime(), fixture_.dir().Join("criu")); }
  void Reopen() {
    door_.reset();
    fixture_.Open();
    Reach();
  }

  // What is saved of a container just like Create makes them.
  std::string Save() {
    const std::string container = fixture_.Start(pod_, "saved", "exec sleep 1000");
    const std::string directory = fixture_.dir().Join("save");
    std::filesystem::create_directory(directory);
    EXPECT_THAT(
        door_->Checkpoint(
            fixture_.Soon(),
            {{.container_id = container,
              .directory = directory,
              .while_still = [](const Call&, const std::string&) { return absl::OkStatus(); }}}),
        IsOk());
    return directory;
  }

  // A container that is to be restored from there.
  std::string Create(const std::string& pod, const std::string& from,
                     const std::function<void(ContainerRequest&)>& change = nullptr) {
    ContainerRequest request =
        fixture_.Request(*fixture_.runtime().FindPod(pod), "new", "exec sleep 1000");
    if (change != nullptr) {
      change(request);
    }
    const std::string directory = door_->RestoreDirectory(request.id);
    std::filesystem::create_directories(std::filesystem::path(directory).parent_path());
    std::filesystem::copy(from, directory, std::filesystem::copy_options::recursive);
    EXPECT_THAT(fixture_.runtime().CreateContainer(fixture_.Soon(), request), IsOk());
    return request.id;
  }
  absl::Status Prepare(const std::string& container) {
    return door_->PrepareRestore(fixture_.Soon(), container);
  }
  absl::Status Start(const std::string& container) {
    return fixture_.runtime().StartContainer(fixture_.Soon(), container);
  }
  std::string DirectoryOf(const std::string& container) {
    return door_->RestoreDirectory(container);
  }
  bool HasDirectory(const std::string& container) {
    return std::filesystem::exists(DirectoryOf(container));
  }

  RuntimeFixture& fixture() { return fixture_; }
  const std::string& pod() const { return pod_; }

 private:
  RuntimeFixture fixture_;
  std::unique_ptr<Checkpointer> door_;
  std::string pod_;
};

KERNEL_TEST(Restore, StartsWhatCriuLeavesBehind) {
  RestoreBench bench;
  RuntimeFixture& fixture = bench.fixture();
  const std::string container =
      bench.Create(bench.pod(), bench.Save(), [](ContainerRequest& request) {
        request.config.mutable_linux()->mutable_resources()->set_oom_score_adj(500);
      });
  ASSERT_THAT(bench.Prepare(container), IsOk());
  ASSERT_THAT(bench.Start(container), IsOk());
  EXPECT_EQ(fixture.StateOf(container), v1::CONTAINER_RUNNING);
  EXPECT_TRUE(
      Eventually([&] { return fixture.Log(container).find("restored") != std::string::npos; }));
  EXPECT_TRUE(Eventually([&] { return !bench.HasDirectory(container); }));
  const std::vector<int> pids = fixture.CgroupOf(bench.pod(), container).Processes().value();
  EXPECT_THAT(pids, ::testing::SizeIs(2));
  for (int pid : pids) {
    EXPECT_EQ(ReadAll(absl::StrCat("/proc/", pid, "/oom_score_adj")), "500\n");
  }
  EXPECT_THAT(fixture.runtime().StopContainer(fixture.Soon(), container, absl::ZeroDuration()),
              IsOk());
  EXPECT_EQ(fixture.runtime().FindContainer(container)->exit_code, 137);
  EXPECT_THAT(fixture.runtime().RemovePod(fixture.Soon(), bench.pod()), IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(Restore, SaysWhyCriuFails) {
  RestoreBench bench(
      "#!/bin/sh\n[ $1 = restore ] || exit 0\n"
      "echo '(00.1) Error (criu/a.c:1): Pid 7 is taken' > restore.log\nexit 1\n");
  const std::string container = bench.Create(bench.pod(), bench.Save());
  ASSERT_THAT(bench.Prepare(container), IsOk());
  EXPECT_THAT(bench.Start(container),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("criu: Pid 7 is taken")));
  EXPECT_EQ(bench.fixture().StateOf(container), v1::CONTAINER_EXITED);
  EXPECT_THAT(bench.fixture().runtime().RemoveContainer(bench.fixture().Soon(), container), IsOk());
  EXPECT_FALSE(bench.HasDirectory(container));
}

KERNEL_TEST(Restore, ThatHangsIsEndedByWhoStopsOrRemovesIt) {
  using End = absl::Status (*)(PodRuntime&, const std::string& pod, const std::string& container);
  const End kEnds[] = {[](PodRuntime& runtime, const std::string&, const std::string& container) {
                         return runtime.StopContainer(RuntimeFixture::Soon(), container,
                                                      absl::Hours(1));
                       },
                       [](PodRuntime& runtime, const std::string&, const std::string& container) {
                         return runtime.RemoveContainer(RuntimeFixture::Soon(), container);
                       },
                       [](PodRuntime& runtime, const std::string& pod, const std::string&) {
                         return runtime.StopPod(RuntimeFixture::Soon(), pod);
                       }};
  for (const End end : kEnds) {
    RestoreBench bench(
        "#!/bin/sh\n[ $1 = restore ] || exit 0\necho > begun\nsleep 1000 & exec sleep 1000\n");
    PodRuntime& runtime = bench.fixture().runtime();
    const std::string container = bench.Create(bench.pod(), bench.Save());
    ASSERT_THAT(bench.Prepare(container), IsOk());
    absl::Status started;
    std::thread starter(
        [&] { started = runtime.StartContainer(Call::WithTimeout(absl::Minutes(1)), container); });
    const std::string begun = absl::StrCat(bench.DirectoryOf(container), "/begun");
    EXPECT_TRUE(Eventually([&begun] { return std::filesystem::exists(begun); }));
    EXPECT_THAT(end(runtime, bench.pod(), container), IsOk());
    starter.join();
    EXPECT_THAT(started, StatusIs(absl::StatusCode::kAborted));
    EXPECT_THAT(runtime.RemovePod(RuntimeFixture::Soon(), bench.pod()), IsOk());
    EXPECT_FALSE(bench.HasDirectory(container));
    bench.fixture().ExpectNothingLeft();
  }
}

KERNEL_TEST(Restore, GivesNothingThatTheRequestDoesNot) {
  RestoreBench bench;
  const std::string saved = bench.Save();
  const std::string mighty = bench.Create(bench.pod(), saved, [](ContainerRequest& request) {
    request.config.mutable_linux()
        ->mutable_security_context()
        ->mutable_capabilities()
        ->add_add_capabilities("SYS_ADMIN");
  });
  EXPECT_THAT(bench.Prepare(mighty),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("capabilities")));
  v1::PodSandboxConfig config = bench.fixture().PodConfig("two");
  config.mutable_metadata()->set_namespace_("elsewhere");
  const std::string elsewhere = bench.Create(bench.fixture().RunPod(config), saved);
  EXPECT_THAT(bench.Prepare(elsewhere),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("namespace")));
  EXPECT_THAT(bench.fixture().runtime().RemovePod(bench.fixture().Soon(), bench.pod()), IsOk());
  EXPECT_FALSE(bench.HasDirectory(mighty));
  EXPECT_TRUE(bench.HasDirectory(elsewhere));
}

KERNEL_TEST(Restore, OutlivesTheDaemonAndStraysDoNot) {
  RestoreBench bench;
  const std::string container = bench.Create(bench.pod(), bench.Save());
  ASSERT_THAT(bench.Prepare(container), IsOk());
  const std::string stray(64, 'f');
  const std::filesystem::path restores = bench.fixture().options().paths.root + "/restores";
  std::filesystem::create_directory(restores / stray);
  bench.Reopen();
  EXPECT_TRUE(bench.HasDirectory(container));
  EXPECT_FALSE(bench.HasDirectory(stray));
  EXPECT_THAT(bench.Start(container), IsOk());
  EXPECT_TRUE(Eventually([&] { return !bench.HasDirectory(container); }));
  // As a daemon leaves it that dies between the start and that.
  std::filesystem::create_directory(restores / container);
  bench.Reopen();
  EXPECT_TRUE(Eventually([&] { return !bench.HasDirectory(container); }));
  EXPECT_EQ(bench.fixture().StateOf(container), v1::CONTAINER_RUNNING);
}

}  // namespace
}  // namespace berth::runtime
