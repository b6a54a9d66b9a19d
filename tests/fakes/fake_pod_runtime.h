// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "runtime/event_queue.h"
#include "runtime/figures.h"
#include "runtime/pod_runtime.h"

namespace berth::test {

namespace v1 = ::runtime::v1;

// A PodRuntime whose pods and containers are records without processes, by the door's contract: ids
// may be prefixes, an unknown one is NotFound, and OK for stop and remove. Not thread-safe.
class FakePodRuntime : public runtime::PodRuntime {
 public:
  // A method's name -> what it fails with before it does anything.
  std::map<std::string, absl::Status> failures;
  std::vector<runtime::PodSnapshot> pods;
  std::vector<runtime::ContainerSnapshot> containers;
  std::map<std::string, runtime::ContainerUsage> usage;
  std::map<std::string, runtime::PodUsage> pod_usage;
  std::map<std::string, runtime::Figures> figures;  // of pods and containers
  std::map<std::string, std::vector<int>> processes;
  std::map<std::string, runtime::PodNetworkUsage> network_usage;
  std::vector<std::weak_ptr<runtime::EventQueue>> subscribers;
  std::vector<runtime::HandlerFeatures> handlers;
  bool are_frozen = false;  // all containers
  runtime::CgroupDriver driver = runtime::CgroupDriver::kCgroupfs;
  runtime::ExecResult exec_result;
  std::unique_ptr<runtime::ProcessSession> session;  // what the next Exec or Attach gets
  runtime::StreamChoice streams;                     // of the last
  std::map<std::string, std::vector<runtime::AttachedInterface>> interfaces;  // by pod
  std::vector<sys::Fd> sockets;                     // what the next OpenSockets gets
  std::vector<runtime::ContainerRequest> requests;  // of CreateContainer
  v1::LinuxContainerResources resources;            // of the last Update…Resources
  v1::LinuxContainerResources overhead;             // of the last UpdatePodResources
  absl::Status network_ready;
  std::string existing_container;  // what CreateContainer finds made by an earlier attempt

  // What was asked that changes something: "StopContainer c1 10s".
  std::vector<std::string> calls;

  absl::StatusOr<std::string> RunPod(const Call&, const v1::PodSandboxConfig& config,
                                     absl::string_view handler,
                                     const runtime::PodExtras& extras) override {
    if (absl::Status s = Note("RunPod", {config.metadata().name(), handler}); !s.ok()) {
      return s;
    }
    runtime::PodSnapshot pod;
    pod.id = absl::StrCat("a0", pods.size());
    pod.config = config;
    pod.runtime_handler = std::string(handler);
    pod.extras = extras;
    pod.state = v1::SANDBOX_READY;
    pods.push_back(pod);
    return pod.id;
  }
  absl::Status StopPod(const Call&, absl::string_view id) override { return Note("StopPod", {id}); }
  absl::Status RemovePod(const Call&, absl::string_view id) override {
    return Note("RemovePod", {id});
  }
  absl::StatusOr<runtime::PodSnapshot> FindPod(absl::string_view id) const override {
    return FindIn(pods, "pod", id);
  }
  std::vector<runtime::PodSnapshot> Pods() const override { return pods; }
  absl::Status UpdatePodResources(const Call&, absl::string_view id,
                                  const v1::LinuxContainerResources& more,
                                  const v1::LinuxContainerResources& wanted) override {
    overhead = more;
    resources = wanted;
    absl::Status noted = Note("UpdatePodResources", {id});
    return noted.ok() ? FindPod(id).status() : noted;
  }

  absl::StatusOr<std::string> CreateContainer(const Call&,
                                              runtime::ContainerRequest request) override {
    requests.push_back(request);
    if (absl::Status s = Note("CreateContainer", {request.pod_id}); !s.ok()) {
      return s;
    }
    return existing_container.empty() ? request.id : existing_container;
  }
  absl::Status StartContainer(const Call&, absl::string_view id) override {
    return NoteKnown("StartContainer", id);
  }
  absl::Status StopContainer(const Call&, absl::string_view id, absl::Duration grace) override {
    return Note("StopContainer", {id, absl::FormatDuration(grace)});
  }
  absl::Status RemoveContainer(const Call&, absl::string_view id) override {
    return Note("RemoveContainer", {id});
  }
  absl::StatusOr<runtime::ContainerSnapshot> FindContainer(absl::string_view id) const override {
    return FindIn(containers, "container", id);
  }
  std::vector<runtime::ContainerSnapshot> Containers() const override { return containers; }
  std::vector<runtime::ContainerSnapshot> ContainersOf(const std::string& pod_id) const override {
    std::vector<runtime::ContainerSnapshot> found;
    std::copy_if(containers.begin(), containers.end(), std::back_inserter(found),
                 [&](const auto& container) { return container.pod_id == pod_id; });
    return found;
  }

  absl::Status UpdateResources(const Call&, absl::string_view id,
                               const v1::LinuxContainerResources& wanted) override {
    resources = wanted;
    return NoteKnown("UpdateResources", id);
  }
  absl::Status ReopenLog(const Call&, absl::string_view id) override {
    return NoteKnown("ReopenLog", id);
  }
  absl::StatusOr<runtime::ExecResult> ExecSync(const Call&, absl::string_view id,
                                               const std::vector<std::string>& command,
                                               absl::Duration timeout) override {
    if (absl::Status s =
            Note("ExecSync", {id, absl::StrJoin(command, ","), absl::FormatDuration(timeout)});
        !s.ok()) {
      return s;
    }
    absl::StatusOr<runtime::ContainerSnapshot> container = FindContainer(id);
    if (!container.ok()) {
      return container.status();
    }
    return exec_result;
  }
  absl::StatusOr<std::unique_ptr<runtime::ProcessSession>> Exec(
      const Call&, absl::string_view id, const runtime::ExecCommand& command,
      const runtime::StreamChoice& wanted) override {
    if (absl::Status s = Note("Exec", {id, absl::StrJoin(command.arguments, ",")}); !s.ok()) {
      return s;
    }
    return TakeSession(id, wanted);
  }
  absl::StatusOr<std::unique_ptr<runtime::ProcessSession>> Attach(
      const Call&, absl::string_view id, const runtime::StreamChoice& wanted) override {
    if (absl::Status s = Note("Attach", {id}); !s.ok()) {
      return s;
    }
    return TakeSession(id, wanted);
  }
  absl::StatusOr<std::unique_ptr<runtime::ProcessSession>> AttachAhead(
      const Call&, absl::string_view id, const runtime::StreamChoice& wanted) override {
    if (absl::Status s = Note("AttachAhead", {id}); !s.ok()) {
      return s;
    }
    return TakeSession(id, wanted);
  }
  absl::Status Signal(const Call&, absl::string_view id, int signal) override {
    return NoteKnown(absl::StrCat("Signal ", signal), id);
  }
  absl::Status ResizeTerminal(const Call&, absl::string_view id, uint16_t rows,
                              uint16_t columns) override {
    return NoteKnown(absl::StrCat("ResizeTerminal ", rows, "x", columns), id);
  }
  absl::Status SetFrozen(const Call&, absl::string_view id, bool frozen) override {
    return NoteKnown(frozen ? "Freeze" : "Thaw", id);
  }
  absl::StatusOr<bool> IsFrozen(absl::string_view) const override { return are_frozen; }
  absl::Status AttachNetwork(const Call&, absl::string_view pod_id,
                             const runtime::NetworkChoice& choice) override {
    return Note("AttachNetwork", {pod_id, choice.interface});
  }
  absl::Status DetachNetwork(const Call&, absl::string_view pod_id,
                             absl::string_view network) override {
    return Note("DetachNetwork", {pod_id, network});
  }
  absl::StatusOr<std::vector<runtime::AttachedInterface>> Interfaces(
      absl::string_view pod_id) const override {
    const auto found = interfaces.find(std::string(pod_id));
    return found == interfaces.end() ? std::vector<runtime::AttachedInterface>() : found->second;
  }
  absl::StatusOr<std::vector<sys::Fd>> OpenSockets(const Call&, absl::string_view pod_id) override {
    if (absl::Status s = Note("OpenSockets", {pod_id}); !s.ok()) {
      return s;
    }
    absl::StatusOr<runtime::PodSnapshot> pod = FindPod(pod_id);
    if (!pod.ok()) {
      return pod.status();
    }
    return std::move(sockets);
  }
  absl::StatusOr<runtime::ContainerUsage> Usage(absl::string_view id) const override {
    return FiguresIn(usage, "container", id);
  }
  absl::StatusOr<runtime::Figures> FiguresOfContainer(absl::string_view id) const override {
    return FiguresIn(figures, "container", id);
  }
  absl::StatusOr<std::vector<int>> Processes(absl::string_view id) const override {
    return FiguresIn(processes, "container", id);
  }
  absl::StatusOr<runtime::PodUsage> UsageOfPod(absl::string_view id) const override {
    return FiguresIn(pod_usage, "pod", id);
  }
  absl::StatusOr<runtime::Figures> FiguresOfPod(absl::string_view id) const override {
    return FiguresIn(figures, "pod", id);
  }
  std::shared_ptr<runtime::EventQueue> SubscribeToEvents() override {
    auto queue = std::make_shared<runtime::EventQueue>();
    subscribers.push_back(queue);
    return queue;
  }

  absl::StatusOr<runtime::PodNetworkUsage> NetworkUsage(absl::string_view pod_id) const override {
    auto found = network_usage.find(std::string(pod_id));
    if (found == network_usage.end()) {
      return absl::FailedPreconditionError("no network of its own");
    }
    return found->second;
  }

  std::vector<runtime::HandlerFeatures> Handlers() const override { return handlers; }
  runtime::CgroupDriver cgroup_driver() const override { return driver; }
  absl::Status NetworkReady() const override { return network_ready; }
  void SetLifecycleHooks(runtime::LifecycleHooks*) override {}
  void OnContainerRemoved(std::function<void(const std::string&)> callback) override {
    container_removed = std::move(callback);
  }
  std::vector<std::string> ContainerIds() const override {
    std::vector<std::string> ids;
    for (const runtime::ContainerSnapshot& container : containers) {
      ids.push_back(container.id);
    }
    return ids;
  }

  std::function<void(const std::string&)> container_removed;

 private:
  absl::Status Note(const std::string& method, std::vector<absl::string_view> words) {
    calls.push_back(absl::StrCat(method, " ", absl::StrJoin(words, " ")));
    auto found = failures.find(method);
    return found == failures.end() ? absl::OkStatus() : found->second;
  }
  absl::Status NoteKnown(const std::string& method, absl::string_view id) {
    absl::Status noted = Note(method, {id});
    return noted.ok() ? FindContainer(id).status() : noted;
  }
  absl::StatusOr<std::unique_ptr<runtime::ProcessSession>> TakeSession(
      absl::string_view id, const runtime::StreamChoice& wanted) {
    absl::StatusOr<runtime::ContainerSnapshot> container = FindContainer(id);
    if (!container.ok()) {
      return container.status();
    }
    streams = wanted;
    return std::move(session);
  }
  template <typename T>
  static absl::StatusOr<T> FiguresIn(const std::map<std::string, T>& all, absl::string_view kind,
                                     absl::string_view id) {
    auto found = all.find(std::string(id));
    if (found == all.end()) {
      return absl::NotFoundError(absl::StrCat("no figures of ", kind, " ", id));
    }
    return found->second;
  }
  template <typename Snapshot>
  static absl::StatusOr<Snapshot> FindIn(const std::vector<Snapshot>& all, absl::string_view kind,
                                         absl::string_view id) {
    auto found = std::find_if(all.begin(), all.end(), [&](const Snapshot& snapshot) {
      return absl::StartsWith(snapshot.id, id);
    });
    if (found == all.end()) {
      return absl::NotFoundError(absl::StrCat("no ", kind, " ", id));
    }
    return *found;
  }
};

}  // namespace berth::test
