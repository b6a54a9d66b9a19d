// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/criu_restore.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/command.h"
#include "base/path.h"
#include "runtime/checkpoint/criu_arguments.h"
#include "runtime/checkpoint/saved_files.h"

namespace berth::runtime {
namespace {

constexpr char kHostNull[] = "/dev/null";
constexpr char kPidFile[] = "pid";

// CRIU's standard streams are the container's, which it must hand on and not write to; its third
// descriptor is the pod's network namespace, in which the shim is.
constexpr char kRedirections[] = " 3</proc/self/ns/net 4<&0 5>&1 6>&2 </dev/null >/dev/null 2>&1";
constexpr int kNetworkNumber = 3;
constexpr size_t kFirstStream = 4;

// The mount on the stage that stands for the saved one.
std::string SourceOf(absl::string_view stage, const ExternalMount& mount, const LaunchPlan& plan) {
  const auto found = std::find_if(
      plan.mounts.begin(), plan.mounts.end(),
      [&mount](const MountPlan& planned) { return planned.destination == mount.destination; });
  return mount.destination.empty() || found == plan.mounts.end()
             ? std::string(kHostNull)
             : absl::StrCat(stage, "/", kStagedMounts, "/", found - plan.mounts.begin());
}

// A script that becomes CRIU. CRIU opens these namespaces when it already is in new ones: they are
// named by the shim's process id, which is the script's parent.
std::string Wrapper(const SavedContainer& saved) {
  return absl::StrCat("exec \"$0\" \"$@\"",
                      saved.own_ipc ? " --join-ns ipc:/proc/$PPID/ns/ipc" : "",
                      saved.own_uts ? " --join-ns uts:/proc/$PPID/ns/uts" : "", kRedirections);
}

}  // namespace

ProgramPlan PlanRestore(const std::string& criu, const std::string& directory,
                        absl::string_view stage, const SavedContainer& saved,
                        const LaunchPlan& plan) {
  ProgramPlan program;
  program.directory = directory;
  program.pid_file = JoinPath(directory, kPidFile);
  program.environment = {kHostPath};
  program.cgroup_directories = plan.cgroup_directories;
  std::vector<std::string>& arguments = program.arguments;
  if (plan.cgroup_namespace) {
    arguments = {"/usr/bin/unshare", "--cgroup"};
  }
  for (const std::string& word : std::vector<std::string>{"/bin/sh",
                                                          "-c",
                                                          Wrapper(saved),
                                                          criu,
                                                          "restore",
                                                          "--images-dir",
                                                          JoinPath(directory, kCriuImages),
                                                          "--work-dir",
                                                          directory,
                                                          "--log-file",
                                                          kCriuRestoreLog,
                                                          "-v2",
                                                          "--restore-detached",
                                                          "--restore-sibling",
                                                          "--pidfile",
                                                          program.pid_file,
                                                          "--file-locks",
                                                          "--manage-cgroups=ignore",
                                                          "--root",
                                                          absl::StrCat(stage, "/", kStagedRoot)}) {
    arguments.push_back(word);
  }
  auto append = [&arguments](const char* option, std::string value) {
    arguments.emplace_back(option);
    arguments.push_back(std::move(value));
  };
  if (saved.own_network) {
    append("--inherit-fd", absl::StrCat("fd[", kNetworkNumber, "]:", kCriuNetworkKey));
  }
  for (size_t i = 0; i < saved.streams.size(); ++i) {
    if (!saved.streams[i].empty()) {
      append("--inherit-fd", absl::StrCat("fd[", kFirstStream + i, "]:", saved.streams[i]));
    }
  }
  for (const ExternalMount& mount : saved.mounts) {
    append("--external",
           absl::StrCat("mnt[", mount.mount_point, "]:", SourceOf(stage, mount, plan)));
  }
  return program;
}

}  // namespace berth::runtime
