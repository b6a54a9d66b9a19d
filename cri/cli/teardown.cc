// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/teardown.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/process.h"
#include "base/sys/removal.h"

namespace berth::cli {
namespace {

bool MadeByRun(const Inventory& inventory, const Target& target) {
  const v1::PodSandbox* pod = inventory.FindPod(target.pod_id);
  return pod != nullptr && pod->labels().count(kRunLabel) != 0;
}

bool IsRunning(const v1::Container& container) {
  return container.state() == v1::CONTAINER_RUNNING;
}

bool OthersRun(const Inventory& inventory, const Target& target) {
  const std::vector<const v1::Container*> all = inventory.ContainersOf(target.pod_id);
  return std::any_of(all.begin(), all.end(), [&](const v1::Container* container) {
    return container->id() != target.id && IsRunning(*container);
  });
}

absl::Status StopContainer(const Client& client, const std::string& id, absl::string_view name,
                           absl::Duration grace) {
  v1::StopContainerRequest request;
  request.set_container_id(id);
  request.set_timeout(absl::ToInt64Seconds(grace));
  return client
      .Call(&Client::Runtime::StopContainer, request, absl::StrCat("stopping ", name),
            kCallTimeout + grace)
      .status();
}

// Side by side, as the kubelet stops them.
absl::Status StopContainersOf(const Client& client, const Inventory& inventory, const Target& pod,
                              absl::Duration grace) {
  std::vector<std::future<absl::Status>> stops;
  for (const v1::Container* container : inventory.ContainersOf(pod.id)) {
    if (IsRunning(*container)) {
      stops.push_back(std::async(std::launch::async, [&client, &pod, container, grace] {
        return StopContainer(client, container->id(),
                             absl::StrCat(pod.name, "/", container->metadata().name()), grace);
      }));
    }
  }
  absl::Status result;
  for (std::future<absl::Status>& stop : stops) {
    result.Update(stop.get());
  }
  return result;
}

absl::Status StopPod(const Client& client, const Target& target) {
  v1::StopPodSandboxRequest request;
  request.set_pod_sandbox_id(target.pod_id);
  return client
      .Call(&Client::Runtime::StopPodSandbox, request,
            absl::StrCat("stopping pod of ", target.name))
      .status();
}

absl::Status RemovePod(const Client& client, const Target& target) {
  v1::RemovePodSandboxRequest request;
  request.set_pod_sandbox_id(target.pod_id);
  return client
      .Call(&Client::Runtime::RemovePodSandbox, request,
            absl::StrCat("removing pod of ", target.name))
      .status();
}

// `path` with all in it, if it lies in our own place for logs.
absl::Status RemoveLogs(const std::string& path) {
  if (!absl::StartsWith(path, LogRoot() + "/") || HasDotDot(path)) {
    return absl::OkStatus();
  }
  return ToStatus(sys::RemoveTree(AT_FDCWD, path.c_str()), "remove logs ", path);
}

absl::Status RemoveContainer(const Client& client, const Target& target) {
  ASSIGN_OR_RETURN(const v1::ContainerStatusResponse status, client.ContainerStatus(target.id));
  v1::RemoveContainerRequest request;
  request.set_container_id(target.id);
  RETURN_IF_ERROR(
      client
          .Call(&Client::Runtime::RemoveContainer, request, absl::StrCat("removing ", target.name))
          .status());
  return RemoveLogs(std::string(ParentPath(status.status().log_path())));
}

// Where the logs of a pod made by `run` are: <pod>/<container>/0.log. Empty when nothing tells.
std::string LogsOfPod(const Client& client, const Inventory& inventory, const Target& target) {
  if (!MadeByRun(inventory, target)) {
    return "";
  }
  for (const v1::Container* container : inventory.ContainersOf(target.pod_id)) {
    absl::StatusOr<v1::ContainerStatusResponse> status = client.ContainerStatus(container->id());
    if (status.ok()) {
      return std::string(ParentPath(ParentPath(status->status().log_path())));
    }
  }
  return "";
}

absl::Status RemoveWholePod(const Client& client, const Target& target, const std::string& logs) {
  RETURN_IF_ERROR(StopPod(client, target));
  RETURN_IF_ERROR(RemovePod(client, target));
  return RemoveLogs(logs);
}

}  // namespace

std::string LogRoot() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe) nothing here sets variables
  const char* chosen = getenv("BERTH_LOG_DIR");
  return chosen != nullptr && IsAbsolutePath(chosen) ? CleanPath(chosen) : "/var/log/berth";
}

absl::Status StopTarget(const Client& client, const Inventory& inventory, const Target& target,
                        absl::Duration grace) {
  if (target.kind == TargetKind::kContainer) {
    RETURN_IF_ERROR(StopContainer(client, target.id, target.name, grace));
    if (!MadeByRun(inventory, target)) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const Inventory now, client.List());  // others may have been stopped meanwhile
    return OthersRun(now, target) ? absl::OkStatus() : StopPod(client, target);
  }
  RETURN_IF_ERROR(StopContainersOf(client, inventory, target, grace));
  return StopPod(client, target);
}

absl::Status RemoveTarget(const Client& client, const Inventory& inventory, const Target& target,
                          bool force) {
  const std::vector<const v1::Container*> all = inventory.ContainersOf(target.pod_id);
  const bool whole_pod =
      target.kind == TargetKind::kPod || (MadeByRun(inventory, target) && all.size() == 1);
  const bool runs = std::any_of(all.begin(), all.end(), [&](const v1::Container* container) {
    return (whole_pod || container->id() == target.id) && IsRunning(*container);
  });
  if (runs && !force) {
    return absl::FailedPreconditionError(absl::StrCat(target.name, " is running: `berth stop ",
                                                      target.name, "` first, or use rm -f"));
  }
  const std::string logs = LogsOfPod(client, inventory, target);
  if (whole_pod) {
    return RemoveWholePod(client, target, logs);
  }
  RETURN_IF_ERROR(RemoveContainer(client, target));
  if (!MadeByRun(inventory, target)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Inventory now, client.List());  // others may have been removed meanwhile
  return now.ContainersOf(target.pod_id).empty() ? RemoveWholePod(client, target, logs)
                                                 : absl::OkStatus();
}

absl::Status RemoveWhenExited(const std::string& address, const std::string& id) {
  ASSIGN_OR_RETURN(const sys::Fd program,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, "/proc/self/exe", O_RDONLY), "open berth"));
  ASSIGN_OR_RETURN(const sys::Fd null,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR), "open /dev/null"));
  std::vector<std::string> words = {"berth", "--host", address, "rm", "--when-exited", "-v", id};
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  const sys::FdMapping descriptors[] = {
      {null.get(), STDIN_FILENO}, {null.get(), STDOUT_FILENO}, {null.get(), STDERR_FILENO}};
  sys::SpawnRequest request;
  request.program = program.get();
  request.arguments = arguments.data();
  request.environment = environ;
  request.descriptors = descriptors;
  ASSIGN_OR_RETURN(sys::Process process,
                   ToStatusOr(sys::SpawnProcess(request), "start what removes it at its end"));
  const sys::Fd left_alone = process.Release();
  return absl::OkStatus();
}

}  // namespace berth::cli
