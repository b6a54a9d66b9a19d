// SPDX-License-Identifier: Apache-2.0
#include "runtime/bundle_files.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/network_fixture.h"
#include "tests/kernel/runtime/session_reader.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string ProgramOf(const std::string& runtime) {
  return absl::StrCat(runtime == "runc" ? "/usr/sbin/" : "/usr/bin/", runtime);
}

// A pod by an OCI runtime. Nothing of it may be left, the runtime's own state least of all.
struct RuntimePod : RuntimeFixture {
  explicit RuntimePod(const std::string& handler) : name(handler) {
    options().handlers[name] = {ProgramOf(name), "", {}};
    Open();
    pod = RunBy(PodConfig("one"));
  }
  ~RuntimePod() {
    EXPECT_THAT(runtime().RemovePod(Soon(), pod), test::IsOk());
    EXPECT_THAT(KnownToRuntime(), IsEmpty());
    ExpectNothingLeft();
  }
  RuntimePod(const RuntimePod&) = delete;
  RuntimePod& operator=(const RuntimePod&) = delete;

  std::string RunBy(const v1::PodSandboxConfig& config) {
    absl::StatusOr<std::string> id = runtime().RunPod(Soon(), config, name, {});
    EXPECT_THAT(id, test::IsOk());
    return id.value_or("");
  }
  std::string StateDirectory() { return dir().Join("state/handlers/" + name); }
  std::vector<std::string> KnownToRuntime() {
    std::vector<std::string> ids;
    for (const std::string& entry : EntriesOf(StateDirectory())) {
      if (entry.size() == 64) {
        ids.push_back(entry);
      }
    }
    return ids;
  }
  std::string Output(const std::string& container, const std::string& script) {
    const auto result =
        runtime().ExecSync(Soon(), container, {"/bin/sh", "-c", script}, absl::ZeroDuration());
    EXPECT_THAT(result, test::IsOk());
    return result.ok() ? absl::StrCat(result->out, result->err, result->exit_code) : "";
  }

  std::string name;
  std::string pod;
};

class Bundle : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      GTEST_SKIP() << "needs root";
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Runtimes, Bundle, ::testing::Values("crun", "runc"),
                         [](const auto& one) { return std::string(one.param); });

TEST_P(Bundle, RunsAContainerThatIsAsAnyOther) {
  RuntimePod pod(GetParam());
  const std::string id = pod.Start(pod.pod, "main", "echo out; echo err >&2; exec sleep 1000");
  EXPECT_EQ(pod.KnownToRuntime(), std::vector<std::string>{id});
  const ContainerSnapshot running = pod.runtime().FindContainer(id).value();
  EXPECT_TRUE(Eventually([&] {  // it is on its way to exec when crun has ended
    return ReadAll(absl::StrCat("/proc/", running.pid, "/comm")) == "sleep\n";
  }));
  EXPECT_TRUE(Eventually([&] { return pod.Log(id).find("stderr F err") != std::string::npos; }));
  EXPECT_THAT(pod.Log(id), HasSubstr("stdout F out"));
  const std::string path = absl::StrCat(pod.cgroup_root(), "/", pod.pod, "/", id);
  EXPECT_EQ(Cgroup(pod.hierarchies(), path).Processes().value(), std::vector<int>{running.pid});
  EXPECT_EQ(pod.Output(id, "echo o; echo e >&2; exit 7"), "o\ne\n7");
  EXPECT_THAT(pod.runtime().StopContainer(pod.Soon(), id, absl::Seconds(1)), test::IsOk());
  EXPECT_EQ(pod.AwaitExit(id).exit_code, 137);  // sleep is PID 1, which takes no SIGTERM
  EXPECT_THAT(pod.runtime().RemoveContainer(pod.Soon(), id), test::IsOk());
  EXPECT_THAT(pod.KnownToRuntime(), IsEmpty());
  EXPECT_THAT(EntriesOf(pod.dir().Join(absl::StrCat("state/pods/", pod.pod, "/bundles"))),
              IsEmpty());
}

TEST_P(Bundle, OfAFastProgramLosesNoExit) {
  RuntimePod pod(GetParam());
  for (int code = 0; code < 5; ++code) {
    const std::string id = pod.Start(pod.pod, absl::StrCat("c", code), absl::StrCat("exit ", code));
    EXPECT_EQ(pod.AwaitExit(id).exit_code, code);
  }
}

TEST_P(Bundle, HasATerminalOfItsOwn) {
  RuntimePod pod(GetParam());
  ContainerRequest request =
      pod.Request(pod.runtime().FindPod(pod.pod).value(), "main",
                  "test -t 0 && test -t 2 && echo is a terminal > /dev/console; exec sleep 1000");
  request.config.set_tty(true);
  const std::string id = pod.runtime().CreateContainer(pod.Soon(), request).value();
  ASSERT_THAT(pod.runtime().StartContainer(pod.Soon(), id), test::IsOk());
  EXPECT_TRUE(Eventually([&] { return pod.Log(id).find("is a terminal") != std::string::npos; }))
      << pod.Log(id);
  auto session = pod.runtime().Exec(
      pod.Soon(), id, {.arguments = {"/bin/sh", "-c", "read line; stty size; exit 4"}},
      {.input = true, .output = true, .error = false, .terminal = true});
  ASSERT_THAT(session, test::IsOk());
  EXPECT_THAT((*session)->Resize(33, 77), test::IsOk());
  const sys::Fd input = (*session)->TakeInput();
  const sys::Fd output = (*session)->TakeOutput();
  ASSERT_EQ(write(input.get(), "go\n", 3), 3);
  EXPECT_THAT(ReadUntil(output.get(), "33 77"), HasSubstr("33 77"));
  EXPECT_EQ(AwaitExit(**session), 4);
}

TEST_P(Bundle, ThatCannotStartSaysWhy) {
  RuntimePod pod(GetParam());
  ContainerRequest request = pod.Request(pod.runtime().FindPod(pod.pod).value(), "main", "");
  request.config.clear_command();
  request.config.add_command("/bin/nothing");
  const std::string id = pod.runtime().CreateContainer(pod.Soon(), request).value();
  const absl::Status failed = pod.runtime().StartContainer(pod.Soon(), id);
  EXPECT_THAT(std::string(failed.message()), HasSubstr("/bin/nothing"));
  EXPECT_EQ(pod.AwaitExit(id).reason, "StartError");
  const std::string other = pod.Start(pod.pod, "other", "exec sleep 1000");
  const auto exec = pod.runtime().ExecSync(pod.Soon(), other, {"/bin/nothing"}, {});
  EXPECT_THAT(std::string(exec.status().message()), HasSubstr("/bin/nothing"));
}

TEST_P(Bundle, OfAnExecThatTakesTooLongIsGoneWithIt) {
  RuntimePod pod(GetParam());
  const std::string id = pod.Start(pod.pod, "main", "exec sleep 1000");
  const auto result = pod.runtime().ExecSync(
      pod.Soon(), id, {"/bin/sh", "-c", "sleep 0.3; sleep 555 & sleep 556"}, absl::Seconds(2));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kDeadlineExceeded);
  const std::string path = absl::StrCat(pod.cgroup_root(), "/", pod.pod, "/", id);
  EXPECT_TRUE(
      Eventually([&] { return Cgroup(pod.hierarchies(), path).Processes().value().size() == 1; }));
  const std::string bundle = pod.dir().Join(absl::StrCat("state/pods/", pod.pod, "/bundles/", id));
  for (const std::string& file : EntriesOf(bundle)) {
    EXPECT_NE(file.rfind("exec-", 0), 0u) << file;
  }
}

TEST_P(Bundle, ContainersOfASharedPidNamespaceSeeEachOther) {
  RuntimePod pod(GetParam());
  v1::PodSandboxConfig config = pod.PodConfig("shared");
  config.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_pid(v1::POD);
  const std::string shared = pod.RunBy(config);
  pod.Start(shared, "first", "exec sleep 777");
  const std::string second = pod.Start(shared, "second", "ps; exec sleep 1000");
  EXPECT_TRUE(Eventually([&] { return pod.Log(second).find("sleep 777") != std::string::npos; }))
      << pod.Log(second);
  EXPECT_THAT(pod.runtime().RemovePod(pod.Soon(), shared), test::IsOk());
}

TEST_P(Bundle, OfAPodWithAUserNamespaceStaysInIt) {
  NetworkFixture fixture;
  fixture.options().handlers["other"] = {ProgramOf(GetParam()), "", {}};
  ASSERT_EQ(chmod(fixture.dir_path().c_str(), 0711), 0);
  PodRuntime& runtime = fixture.Open();
  const absl::StatusOr<std::string> pod =
      runtime.RunPod(fixture.Soon(), fixture.MappedPodConfig("web", 200000), "other", {});
  if (!runtime.Handlers().back().user_namespaces) {  // runc before 1.2
    EXPECT_THAT(pod, test::StatusIs(absl::StatusCode::kInvalidArgument));
    return;
  }
  ASSERT_THAT(pod, test::IsOk());
  const std::string id = fixture.Start(
      *pod, "main", "cat /proc/self/uid_map; ls -ln /etc/hosts; echo x > /made; exec sleep 1000");
  EXPECT_TRUE(Eventually([&] { return fixture.Log(id).find("/etc/hosts") != std::string::npos; }))
      << fixture.Log(id);
  EXPECT_THAT(fixture.Log(id), ContainsRegex("stdout F +0 +200000 +65536\n"));
  EXPECT_THAT(fixture.Log(id), ContainsRegex("-rw-r--r-- +1 0 +0 .*/etc/hosts"));
  const auto made = runtime.ExecSync(fixture.Soon(), id,
                                     {"/bin/sh", "-c", "cat /proc/self/gid_map; ls -ln /made"}, {});
  ASSERT_THAT(made, test::IsOk());
  EXPECT_THAT(made->out, ContainsRegex("^ +0 +200000 +65536\n-rw-r--r-- +1 0 +0 "));
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), *pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

TEST_P(Bundle, GoesOnUnderTheNextDaemonAndGoesWithItsShim) {
  RuntimePod pod(GetParam());
  const std::string id = pod.Start(pod.pod, "main", "exec sleep 1000");
  pod.Open();
  EXPECT_EQ(pod.StateOf(id), v1::CONTAINER_RUNNING);
  EXPECT_EQ(pod.Output(id, "echo there"), "there\n0");
  const int process = pod.runtime().FindContainer(id)->pid;
  ASSERT_EQ(kill(pod.runtime().FindPod(pod.pod)->shim_pid, SIGKILL), 0);
  EXPECT_TRUE(pod.AwaitState(id, v1::CONTAINER_EXITED));
  EXPECT_TRUE(Eventually([&] {
    const std::string state = ReadAll(absl::StrCat("/proc/", process, "/stat"));
    return state.empty() || state.find(") Z ") != std::string::npos;
  }));
}

TEST_P(Bundle, RunsTheHooksOfAContainer) {
  RuntimePod pod(GetParam());
  ContainerRequest request = pod.Request(pod.runtime().FindPod(pod.pod).value(), "main", "true");
  const std::string seen = pod.dir().Join("seen");
  request.extras.hooks = {{"/bin/sh", {"sh", "-c", absl::StrCat("cat > ", seen)}, {}}};
  const std::string id = pod.runtime().CreateContainer(pod.Soon(), request).value();
  ASSERT_THAT(pod.runtime().StartContainer(pod.Soon(), id), test::IsOk());
  EXPECT_THAT(ReadAll(seen), HasSubstr(id));
}

TEST_P(Bundle, OfARuntimeThatIsConfiguredNoLongerCanBeRemoved) {
  RuntimePod pod(GetParam());
  const std::string id = pod.Start(pod.pod, "main", "exec sleep 1000");
  const auto handlers = pod.options().handlers;
  pod.options().handlers.clear();
  pod.Open();
  const auto exec = pod.runtime().ExecSync(pod.Soon(), id, {"/bin/true"}, {});
  EXPECT_EQ(exec.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(pod.runtime().RemoveContainer(pod.Soon(), id), test::IsOk());
  pod.options().handlers = handlers;
  pod.Open();  // and forgets what has no record
  EXPECT_THAT(pod.KnownToRuntime(), IsEmpty());
}

// A runtime that does `what` when it is to run a container; $pid and $log are files for it.
struct BadRuntime : RuntimeFixture {
  explicit BadRuntime(const std::string& what) {
    const std::string path = dir().Write(
        "runtime",
        absl::StrCat("#!/bin/sh\n",
                     "for a; do case $before in --pid-file) pid=$a;; --log) log=$a;; esac; "
                     "before=$a; done\n",
                     "case \" $* \" in *\" run \"*) ", what, ";; *) exit 1;; esac\n"));
    chmod(path.c_str(), 0755);
    options().handlers["bad"] = {path, "", {}};
    Open();
  }
  BadRuntime(const BadRuntime&) = delete;
  BadRuntime& operator=(const BadRuntime&) = delete;
  ~BadRuntime() { ExpectNothingLeft(); }
};

KERNEL_TEST(BadRuntimes, AreBoundedAndLeaveNothing) {
  struct Case {
    const char* what;
    absl::StatusCode code;
    const char* message;
  };
  const Case cases[] = {
      {"sleep 1000 & exec sleep 1000", absl::StatusCode::kDeadlineExceeded, ""},
      {"exit 0", absl::StatusCode::kInternal, "take over"},
      {"kill -9 $$", absl::StatusCode::kInternal, "exit code 137"},
      {"echo 1 > $pid", absl::StatusCode::kInternal, "take over"},
      {"sleep 1000 & echo $! > $pid", absl::StatusCode::kInternal, "cgroup"},
      {"echo 99999999999999999999 > $pid", absl::StatusCode::kInternal, "take over"},
      {"head -c 64M /dev/zero | tee $log; exit 3", absl::StatusCode::kInternal, "exit code 3"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.what);
    BadRuntime bad(each.what);
    const std::string pod =
        bad.runtime().RunPod(bad.Soon(), bad.PodConfig("one"), "bad", {}).value_or("");
    const ContainerRequest request =
        bad.Request(bad.runtime().FindPod(pod).value(), "main", "sleep 1000");
    const std::string id = bad.runtime().CreateContainer(bad.Soon(), request).value();
    const absl::Status failed =
        bad.runtime().StartContainer(Call::WithTimeout(absl::Seconds(8)), id);
    EXPECT_EQ(failed.code(), each.code) << failed;
    EXPECT_THAT(std::string(failed.message()), HasSubstr(each.message));
    EXPECT_EQ(bad.AwaitExit(id).exit_code, 128);
    EXPECT_THAT(bad.runtime().RemovePod(bad.Soon(), pod), test::IsOk());
  }
}

}  // namespace
}  // namespace berth::runtime
