// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "base/random_id.h"
#include "base/sys/directory.h"
#include "base/sys/process.h"
#include "metrics/metrics.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/pod_runtime.h"
#include "tests/support/eventually.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {

using test::Eventually;

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::vector<std::string> EntriesOf(const std::string& directory) {
  std::vector<std::string> names;
  auto reader = sys::DirectoryReader::Open(AT_FDCWD, directory.c_str());
  while (reader.ok()) {
    auto entry = reader->Next();
    if (!entry.ok() || *entry == nullptr) {
      break;
    }
    names.emplace_back((*entry)->d_name);
  }
  return names;
}

// A PodRuntime of its own: directories, cgroup parent and a root of busybox. Everything that it has
// started is killed at the end.
class RuntimeFixture {
 public:
  explicit RuntimeFixture(std::vector<std::string> cni_config_dirs = {})
      : hierarchies_(FindHierarchies().value()),
        cgroup_root_(absl::StrCat("/berth-test-", RandomHex(6))) {
    options_.paths = {.root = dir_.Join("root"),
                      .state = dir_.Join("state"),
                      .shim = BERTH_BIN_DIR "/berth-shim"};
    options_.cni_config_dirs = std::move(cni_config_dirs);
    options_.cni_plugin_dirs = {"/usr/lib/cni"};
    options_.cni_cache_dir = dir_.Join("cni");
    options_.cgroup_root = cgroup_root_;
    MakeRoot();
  }
  RuntimeFixture(const RuntimeFixture&) = delete;
  RuntimeFixture& operator=(const RuntimeFixture&) = delete;
  ~RuntimeFixture() {
    runtime_.reset();
    const Cgroup cgroup(hierarchies_, cgroup_root_);
    EXPECT_THAT(cgroup.Kill(SteadyNow() + absl::Seconds(10)), test::IsOk());
    EXPECT_THAT(cgroup.Remove(), test::IsOk());
  }

  // Opens the runtime, or opens it anew as a restarted daemon does.
  PodRuntime& Open() {
    runtime_.reset();
    absl::StatusOr<std::unique_ptr<PodRuntime>> opened = PodRuntime::Create(options_, metrics_);
    EXPECT_THAT(opened, test::IsOk());
    runtime_ = std::move(opened).value();
    return *runtime_;
  }
  void Close() { runtime_.reset(); }
  PodRuntime& runtime() { return *runtime_; }
  RuntimeOptions& options() { return options_; }
  const std::string& cgroup_root() const { return cgroup_root_; }
  const CgroupHierarchies& hierarchies() const { return hierarchies_; }
  Cgroup CgroupOf(const std::string& pod, const std::string& container) const {
    return {hierarchies_, absl::StrCat(cgroup_root_, "/", pod, "/", container)};
  }
  test::TempDir& dir() { return dir_; }
  const std::string& dir_path() const { return dir_.path(); }
  metrics::Metrics& metrics() { return metrics_; }

  // On the host's network.
  v1::PodSandboxConfig PodConfig(const std::string& name) const {
    v1::PodSandboxConfig config;
    config.mutable_metadata()->set_name(name);
    config.mutable_metadata()->set_namespace_("default");
    config.mutable_metadata()->set_uid("uid-" + name);
    config.set_log_directory(dir_.Join("logs/" + name));
    v1::NamespaceOption* options =
        config.mutable_linux()->mutable_security_context()->mutable_namespace_options();
    options->set_network(v1::NODE);
    options->set_pid(v1::CONTAINER);
    return config;
  }

  // A container of the pod that runs `script` by sh.
  ContainerRequest Request(const PodSnapshot& pod, const std::string& name,
                           const std::string& script) {
    ContainerRequest request;
    request.id = RandomId();
    request.pod_id = pod.id;
    v1::ContainerConfig& config = request.config;
    config.mutable_metadata()->set_name(name);
    config.mutable_image()->set_image("busybox");
    config.add_command("/bin/sh");
    config.add_args("-c");
    config.add_args(script);
    config.set_log_path(name + "/0.log");
    *config.mutable_linux()->mutable_security_context()->mutable_namespace_options() =
        pod.config.linux().security_context().namespace_options();
    request.image.id = "sha256:" + RandomHex(32);
    request.image.reference = "busybox:latest";
    request.image.repo_digest = "busybox@" + request.image.id;
    request.root.lower = {dir_.Join("lower")};
    request.root.upper = dir_.Join("upper-" + request.id);
    request.root.work = dir_.Join("work-" + request.id);
    mkdir(request.root.upper.c_str(), 0755);
    mkdir(request.root.work.c_str(), 0755);
    request.read_file = [](const Call&, absl::string_view, size_t) -> absl::StatusOr<std::string> {
      return absl::NotFoundError("no such file in the root");
    };
    return request;
  }

  std::string RunPod(const v1::PodSandboxConfig& config) {
    absl::StatusOr<std::string> id = runtime().RunPod(Soon(), config, "", {});
    EXPECT_THAT(id, test::IsOk());
    return id.value_or("");
  }
  std::string RunPod(const std::string& name) { return RunPod(PodConfig(name)); }

  std::string Create(const std::string& pod_id, const std::string& name,
                     const std::string& script) {
    absl::StatusOr<PodSnapshot> pod = runtime().FindPod(pod_id);
    EXPECT_THAT(pod, test::IsOk());
    absl::StatusOr<std::string> id =
        runtime().CreateContainer(Soon(), Request(pod.value(), name, script));
    EXPECT_THAT(id, test::IsOk());
    return id.value_or("");
  }
  std::string Start(const std::string& pod_id, const std::string& name, const std::string& script) {
    std::string id = Create(pod_id, name, script);
    EXPECT_THAT(runtime().StartContainer(Soon(), id), test::IsOk());
    return id;
  }

  v1::ContainerState StateOf(const std::string& id) {
    absl::StatusOr<ContainerSnapshot> container = runtime().FindContainer(id);
    return container.ok() ? container->state : v1::CONTAINER_UNKNOWN;
  }
  bool AwaitState(const std::string& id, v1::ContainerState state,
                  absl::Duration limit = absl::Seconds(10)) {
    return Eventually([&] { return StateOf(id) == state; }, limit);
  }
  ContainerSnapshot AwaitExit(const std::string& id) {
    EXPECT_TRUE(AwaitState(id, v1::CONTAINER_EXITED));
    return runtime().FindContainer(id).value();
  }
  std::string Log(const std::string& id) {
    return ReadAll(runtime().FindContainer(id).value().log_path);
  }

  // No pod is left anywhere: not in directories, cgroups, records or processes of a shim.
  void ExpectNothingLeft() {
    EXPECT_THAT(EntriesOf(dir_.Join("state/pods")), ::testing::IsEmpty());
    EXPECT_TRUE(Eventually([&] { return EntriesOf(dir_.Join("root/pods")).empty(); }));
    EXPECT_THAT(PodCgroups(), ::testing::IsEmpty());
    EXPECT_THAT(ShimPids(), ::testing::IsEmpty());
    if (runtime_ != nullptr) {
      EXPECT_THAT(runtime().Pods(), ::testing::IsEmpty());
      EXPECT_THAT(runtime().Containers(), ::testing::IsEmpty());
    }
  }

  // Names of cgroups below our parent, in any hierarchy.
  std::set<std::string> PodCgroups() const {
    std::set<std::string> names;
    for (const std::string& directory : Cgroup(hierarchies_, cgroup_root_).directories()) {
      for (const std::string& name : EntriesOf(directory)) {
        struct stat info = {};
        if (stat(absl::StrCat(directory, "/", name).c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
          names.insert(name);
        }
      }
    }
    return names;
  }

  // Live shims in our PID namespace.
  static std::vector<int> ShimPids() {
    std::vector<int> pids;
    for (const std::string& name : EntriesOf("/proc")) {
      const std::string status = ReadAll("/proc/" + name + "/status");
      if (status.rfind("Name:\tberth-shim\n", 0) == 0 &&
          status.find("State:\tZ") == std::string::npos) {
        pids.push_back(atoi(name.c_str()));
      }
    }
    return pids;
  }

  static Call Soon() { return Call::WithTimeout(absl::Seconds(20)); }

 private:
  void MakeRoot() {
    dir_.Write("lower/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    dir_.Write("lower/bin/busybox", ReadAll("/usr/bin/busybox"));
    const std::string bin = dir_.Join("lower/bin");
    chmod((bin + "/busybox").c_str(), 0755);
    for (const char* applet :
         {"sh", "sleep", "cat", "echo", "id", "ls", "true", "false", "kill", "ps", "hostname",
          "head", "yes", "stty", "mount", "ip", "wget", "dd", "df"}) {
      ASSERT_EQ(symlink("busybox", absl::StrCat(bin, "/", applet).c_str()), 0);
    }
  }

  test::TempDir dir_;
  metrics::Metrics metrics_;
  const CgroupHierarchies hierarchies_;
  const std::string cgroup_root_;
  RuntimeOptions options_;
  std::unique_ptr<PodRuntime> runtime_;
};

}  // namespace berth::runtime
