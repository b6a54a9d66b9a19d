// SPDX-License-Identifier: Apache-2.0
// Starting, against the real shim; what is pure is in tests/unit.
#include "runtime/container_start.h"

#include <filesystem>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/checkpointer.h"
#include "runtime/container.h"
#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::HasSubstr;

KERNEL_TEST(StartContainer, KeepsTheExitCodeOfTheFastest) {
  RuntimeFixture fixture;
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  for (int code = 0; code < 10; ++code) {
    const std::string container =
        fixture.Start(pod, absl::StrCat("c", code), absl::StrCat("exit ", code));
    const ContainerSnapshot exited = fixture.AwaitExit(container);
    EXPECT_EQ(exited.exit_code, code);
    EXPECT_EQ(exited.reason, code == 0 ? "Completed" : "Error");
    EXPECT_GE(exited.started_at, exited.created_at);
    EXPECT_GE(exited.finished_at, exited.started_at);
  }
  EXPECT_THAT(fixture.runtime().RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(StartContainer, AFailedStartIsAnExitWithItsReason) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  ContainerRequest request = fixture.Request(*runtime.FindPod(pod), "main", "true");
  request.config.set_command(0, "/no/such/program");
  const std::string container = runtime.CreateContainer(fixture.Soon(), request).value();
  EXPECT_THAT(runtime.StartContainer(fixture.Soon(), container),
              test::StatusIs(absl::StatusCode::kInternal,
                             HasSubstr("(/no/such/program): No such file or directory")));
  const ContainerSnapshot snapshot = *runtime.FindContainer(container);
  EXPECT_EQ(snapshot.state, v1::CONTAINER_EXITED);
  EXPECT_EQ(snapshot.exit_code, 128);
  EXPECT_EQ(snapshot.reason, "StartError");
  EXPECT_THAT(snapshot.message, HasSubstr("/no/such/program"));
  EXPECT_EQ(snapshot.started_at, 0);
  EXPECT_GT(snapshot.finished_at, 0);
  EXPECT_THAT(runtime.StartContainer(fixture.Soon(), container),
              test::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(StartContainer, WithoutAPlanItFailsForGood) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string container = fixture.Create(pod, "main", "true");
  // As a restore that was cut short leaves it.
  const auto checkpointer = Checkpointer::Of(runtime, "");
  std::filesystem::create_directories(checkpointer->RestoreDirectory(container));
  EXPECT_THAT(runtime.StartContainer(fixture.Soon(), container), ::testing::Not(test::IsOk()));
  const ContainerSnapshot snapshot = *runtime.FindContainer(container);
  EXPECT_EQ(snapshot.state, v1::CONTAINER_EXITED);
  EXPECT_EQ(snapshot.reason, "StartError");
  EXPECT_THAT(snapshot.message, HasSubstr("not wholly prepared"));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(StartContainer, SaysThatMemoryRanOut) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  ContainerRequest request =
      fixture.Request(*runtime.FindPod(pod), "main", "exec dd if=/dev/zero of=/dev/null bs=200M");
  request.config.mutable_linux()->mutable_resources()->set_memory_limit_in_bytes(32 << 20);
  const std::string container = runtime.CreateContainer(fixture.Soon(), request).value();
  ASSERT_THAT(runtime.StartContainer(fixture.Soon(), container), test::IsOk());
  const ContainerSnapshot exited = fixture.AwaitExit(container);
  EXPECT_EQ(exited.exit_code, 137);
  EXPECT_EQ(exited.reason, "OOMKilled");
  EXPECT_EQ(fixture.metrics().oom_kills.Value(), 1.0);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

// What the process is in a PID namespace of others is made by a launcher, which may be killed
// first.
KERNEL_TEST(StartContainer, EndsWhereItsLauncherIsKilled) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  v1::PodSandboxConfig config = fixture.PodConfig("one");
  config.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_pid(v1::POD);
  const std::string pod = fixture.RunPod(config);
  const std::string running = fixture.Start(pod, "running", "exec sleep 1000");
  ContainerRequest small = fixture.Request(*runtime.FindPod(pod), "small", "exec sleep 1000");
  small.config.mutable_linux()->mutable_resources()->set_memory_limit_in_bytes(4096);
  const std::string container = runtime.CreateContainer(fixture.Soon(), small).value();
  EXPECT_THAT(runtime.StartContainer(fixture.Soon(), container),
              test::StatusIs(absl::StatusCode::kInternal, HasSubstr("Cannot allocate memory")));
  EXPECT_EQ(runtime.FindContainer(container)->reason, "StartError");
  EXPECT_THAT(runtime.ExecSync(fixture.Soon(), running, {"true"}, absl::Seconds(5)), test::IsOk());
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(StartContainer, EndsWhereTheFilterLetsNobodyExit) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  v1::PodSandboxConfig config = fixture.PodConfig("one");
  for (const v1::NamespaceMode mode : {v1::POD, v1::CONTAINER}) {
    config.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_pid(mode);
    const std::string pod = fixture.RunPod(config);
    for (const char* action : {"SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD"}) {
      const std::string profile =
          fixture.dir().Write(action, absl::StrCat(R"({"defaultAction": ")", action, R"("})"));
      ContainerRequest request = fixture.Request(*runtime.FindPod(pod), action, "exec sleep 1000");
      v1::SecurityProfile* seccomp =
          request.config.mutable_linux()->mutable_security_context()->mutable_seccomp();
      seccomp->set_profile_type(v1::SecurityProfile::Localhost);
      seccomp->set_localhost_ref(profile);
      const std::string container = runtime.CreateContainer(fixture.Soon(), request).value();
      (void)runtime.StartContainer(fixture.Soon(), container);  // it may have begun to execute
      EXPECT_NE(fixture.AwaitExit(container).exit_code, 0) << action;
    }
    EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  }
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(StartContainer, ContainersOfAPodShareMemoryFilesAndNames) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  v1::PodSandboxConfig config = fixture.PodConfig("one");
  config.set_hostname("berth-host");
  config.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_network(
      v1::POD);
  // Without a network configuration no such pod can be run; its own test has one.
  EXPECT_THAT(runtime.RunPod(fixture.Soon(), config, "", {}),
              test::StatusIs(absl::StatusCode::kUnavailable));
  fixture.ExpectNothingLeft();
  const std::string pod = fixture.RunPod("two");
  const std::string writer = fixture.Start(pod, "writer", "echo shared >/dev/shm/x; exec sleep 99");
  ASSERT_TRUE(Eventually([&] {
    absl::StatusOr<ExecResult> read =
        runtime.ExecSync(fixture.Soon(), writer, {"/bin/cat", "/dev/shm/x"}, absl::Seconds(5));
    return read.ok() && read->out == "shared\n";
  }));
  const std::string reader =
      fixture.Start(pod, "reader", "cat /dev/shm/x; cat /etc/hosts >/dev/null && df /dev/shm");
  EXPECT_EQ(fixture.AwaitExit(reader).exit_code, 0);
  EXPECT_THAT(fixture.Log(reader), HasSubstr("stdout F shared\n"));
  EXPECT_THAT(fixture.Log(reader), HasSubstr("65536"));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
}

KERNEL_TEST(StartContainer, FilesOfThePodAreWrittenToUnlessTheRootIsReadOnly) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string writer = fixture.Start(
      pod, "writer",
      "for f in hosts hostname resolv.conf; do echo \"by $f\" >> /etc/$f || exit 1; done");
  EXPECT_EQ(fixture.AwaitExit(writer).exit_code, 0);
  EXPECT_THAT(fixture.dir().Read("root/pods/" + pod + "/hosts"), HasSubstr("by hosts\n"));

  ContainerRequest request =
      fixture.Request(*runtime.FindPod(pod), "reader",
                      "cat /etc/hosts /etc/hostname /etc/resolv.conf; echo x >> /etc/hosts");
  request.config.mutable_linux()->mutable_security_context()->set_readonly_rootfs(true);
  const std::string reader = runtime.CreateContainer(fixture.Soon(), request).value();
  EXPECT_THAT(runtime.StartContainer(fixture.Soon(), reader), test::IsOk());
  EXPECT_NE(fixture.AwaitExit(reader).exit_code, 0);
  for (const char* text : {"by hosts", "by hostname", "by resolv.conf", "Read-only file system"}) {
    EXPECT_THAT(fixture.Log(reader), HasSubstr(text));
  }
  // Nor can they be replaced, by a link for one.
  const std::string replacer = fixture.Start(
      pod, "replacer", "busybox rm -f /etc/hosts; busybox ln -s /x /etc/hosts; test -f /etc/hosts");
  EXPECT_EQ(fixture.AwaitExit(replacer).exit_code, 0);
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

// A container whose start hangs in a hook, on a thread of its own.
class HangingStart {
 public:
  HangingStart(RuntimeFixture& fixture, const std::string& pod) {
    PodRuntime& runtime = fixture.runtime();
    ContainerRequest request =
        fixture.Request(*runtime.FindPod(pod), absl::StrCat("hangs", ++count_), "true");
    const std::string mark = fixture.dir().Join("hook-" + request.id);
    request.extras.hooks = {
        {"/bin/sh", {"sh", "-c", absl::StrCat("echo > ", mark, "; exec sleep 1000")}, {}}};
    id_ = runtime.CreateContainer(fixture.Soon(), request).value();
    thread_ = std::thread([this, &runtime] {
      started_ = runtime.StartContainer(Call::WithTimeout(absl::Minutes(1)), id_);
    });
    EXPECT_TRUE(Eventually([&] { return !ReadAll(mark).empty(); }));
  }
  HangingStart(const HangingStart&) = delete;
  HangingStart& operator=(const HangingStart&) = delete;
  ~HangingStart() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  const std::string& id() const { return id_; }
  // What its caller gets.
  const absl::Status& Await() {
    thread_.join();
    return started_;
  }

 private:
  static inline int count_ = 0;  // their names differ
  std::string id_;
  absl::Status started_;
  std::thread thread_;
};

KERNEL_TEST(StartContainer, ThatHangsHoldsUpNothingElseOfItsPod) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string other = fixture.Start(pod, "other", "exec sleep 1000");
  HangingStart hanging(fixture, pod);
  EXPECT_THAT(runtime.StartContainer(fixture.Soon(), hanging.id()),
              test::StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("being started")));
  v1::LinuxContainerResources limits;
  limits.set_memory_limit_in_bytes(64 << 20);
  EXPECT_THAT(runtime.UpdateResources(fixture.Soon(), hanging.id(), limits), test::IsOk());
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), other, absl::ZeroDuration()), test::IsOk());
  EXPECT_THAT(runtime.RemoveContainer(fixture.Soon(), other), test::IsOk());
  const std::string later = fixture.Start(pod, "later", "exit 3");
  EXPECT_EQ(fixture.AwaitExit(later).exit_code, 3);
  EXPECT_EQ(fixture.StateOf(hanging.id()), v1::CONTAINER_CREATED);
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), hanging.id(), absl::Hours(1)), test::IsOk());
  EXPECT_THAT(hanging.Await(), test::StatusIs(absl::StatusCode::kAborted, HasSubstr("stopped")));
  const ContainerSnapshot snapshot = *runtime.FindContainer(hanging.id());
  EXPECT_EQ(snapshot.state, v1::CONTAINER_EXITED);
  EXPECT_EQ(snapshot.reason, "StartError");
  EXPECT_EQ(snapshot.message, kStoppedWhileStarting);
  EXPECT_THAT(fixture.CgroupOf(pod, hanging.id()).IsEmpty(), test::IsOkAndHolds(true));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(StartContainer, ThatHangsIsEndedByWhoRemovesOrStopsThePod) {
  using End = absl::Status (*)(PodRuntime&, const std::string& pod, const std::string& container);
  const End kEnds[] = {[](PodRuntime& runtime, const std::string&, const std::string& container) {
                         return runtime.RemoveContainer(RuntimeFixture::Soon(), container);
                       },
                       [](PodRuntime& runtime, const std::string& pod, const std::string&) {
                         return runtime.StopPod(RuntimeFixture::Soon(), pod);
                       },
                       [](PodRuntime& runtime, const std::string& pod, const std::string&) {
                         return runtime.RemovePod(RuntimeFixture::Soon(), pod);
                       }};
  for (const End end : kEnds) {
    RuntimeFixture fixture;
    PodRuntime& runtime = fixture.Open();
    const std::string pod = fixture.RunPod("one");
    HangingStart hanging(fixture, pod);
    HangingStart too(fixture, pod);
    EXPECT_THAT(end(runtime, pod, hanging.id()), test::IsOk());
    EXPECT_THAT(hanging.Await(), test::StatusIs(absl::StatusCode::kAborted));
    EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
    EXPECT_THAT(too.Await(), test::StatusIs(absl::StatusCode::kAborted));
    fixture.ExpectNothingLeft();
  }
}

}  // namespace
}  // namespace berth::runtime
