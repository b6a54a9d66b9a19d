// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

#include "base/agenda.h"
#include "base/path.h"
#include "base/thread_pool.h"
#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/containers/container_event.h"
#include "cri/engine_api/containers/container_launch.h"
#include "cri/engine_api/containers/container_planner.h"
#include "cri/engine_api/containers/container_table.h"
#include "runtime/event_queue.h"

namespace berth::cri {

inline constexpr absl::Duration kTeardownTimeout = absl::Minutes(2);
inline constexpr int kEngineWorkers = 4;

// The engine on our own runtime: what is asked for is in container_engine.cc, with creation in
// container_creation.cc, all about volumes in container_volumes.cc and about pauses in
// container_pause.cc, and what happens without being asked for in container_lifecycle.cc.
class PodContainerEngine final : public ContainerEngine {
 public:
  PodContainerEngine(const EngineParts& parts, const std::string& root)
      : runtime_(parts.runtime),
        pods_(parts.pods),
        images_(parts.images),
        networks_(parts.networks),
        volumes_(parts.volumes),
        events_(parts.events),
        plans_(parts.plans),
        init_(parts.init),
        checkpoints_(parts.checkpoints),
        directory_(JoinPath(root, "engine/containers")),
        desk_(parts.runtime) {}

  ~PodContainerEngine() override;

  absl::Status Open(EngineDatabase& database);

  absl::StatusOr<EngineContainerRecord> Find(absl::string_view name) const override;
  absl::StatusOr<EngineContainerRecord> FindAny(absl::string_view name) const override;
  std::vector<EngineContainerRecord> All() const override { return table_->All(); }
  void ForEach(absl::FunctionRef<void(const EngineContainerRecord&)> look) const override {
    table_->ForEach(look);
  }
  AttachDesk& attachments() override { return desk_; }
  LogFiles& log_files() override { return log_files_; }
  std::optional<LimitedLog> LogLimit(const std::string& id) const override;
  std::string LogPath(const std::string& id) const override {
    return JoinPath(DirectoryOf(id), kContainerLog);
  }

  absl::StatusOr<std::string> Create(const Call& call,
                                     const CreateContainerRequest& request) override;
  absl::StatusOr<bool> Start(const Call& call, absl::string_view name) override;
  absl::StatusOr<bool> Stop(const Call& call, absl::string_view name,
                            const StopChoice& choice) override;
  absl::Status Kill(const Call& call, absl::string_view name, int signal) override;
  absl::Status Restart(const Call& call, absl::string_view name, const StopChoice& choice) override;
  absl::Status SetPaused(const Call& call, absl::string_view name, bool paused,
                         PausedBy by) override;
  absl::Status Remove(const Call& call, absl::string_view name,
                      const RemoveChoice& choice) override;
  absl::StatusOr<KeyedHolds::Hold> Hold(const Call& call, const std::string& id) override;
  absl::Status Rename(absl::string_view name, const std::string& new_name) override;
  absl::StatusOr<int32_t> Wait(const Call& call, absl::string_view name, WaitCondition condition,
                               std::function<void()> began) override;
  void NoteHealth(const std::string& id, int64_t started_at, const Probe& probe) override;
  absl::Status Update(const Call& call, absl::string_view name, const Json& changes) override;
  absl::Status AwaitChange(const Call& call, const std::string& id) const override {
    return table_->AwaitState(call, id, [](const auto& record) { return !record.state.running(); })
        .status();
  }

 private:
  absl::StatusOr<EngineContainerRecord> FindOwn(absl::string_view name) const;  // or a dead one
  // FailedPrecondition for one that runs.
  absl::Status CheckEnded(const EngineContainerRecord& record) const;
  // What the runtime has of it, which is true of dead ones, too.
  std::optional<runtime::ContainerSnapshot> FindRun(const std::string& id) const;
  // The one it runs in, or that of a dead one's last run; or empty.
  std::string PodOf(const EngineContainerRecord& record) const;
  std::string DirectoryOf(const std::string& id) const { return JoinPath(directory_, id); }
  std::string NewName() const;
  // One that was given no name takes another when its own has been taken meanwhile.
  // FailedPrecondition when an image that it needs has been removed meanwhile.
  absl::Status AddRecord(const Call& call, bool is_named, EngineContainerRecord& record);
  absl::StatusOr<std::string> CreateDrafted(const Call& call, const CreateContainerRequest& request,
                                            EngineContainerRecord record);
  absl::StatusOr<EngineContainerRecord> Draft(const CreateContainerRequest& request) const;
  absl::StatusOr<ContainerNetworking> DraftNetworking(const Json& endpoints,
                                                      EngineContainerRecord& record) const;
  absl::Status DraftNamespaces(EngineContainerRecord& record) const;
  // Links in the default network: legacy_links.h. InvalidArgument for one to nobody, and
  // FailedPrecondition for one to whom does not run.
  absl::Status CheckLinks(const EngineContainerRecord& record) const;
  absl::Status AddLinks(const EngineContainerRecord& record, ContainerSpec& spec) const;
  absl::Status MakeFiles(const Call& call, const EngineContainerRecord& record,
                         const ContainerSpec& spec, const ContainerPlan& plan);
  // As its first start would be planned, without others and devices.
  absl::StatusOr<ContainerPlan> PlanAlone(const EngineContainerRecord& record,
                                          const ContainerSpec& spec,
                                          const ContainerNetworking& networking) const;

  // Volumes: container_volumes.cc.
  absl::StatusOr<std::vector<MountSpec>> InheritedMounts(const ContainerSpec& spec) const;
  absl::Status MakeVolumes(const Call& call, const ContainerSpec& spec,
                           EngineContainerRecord& record, std::vector<std::string>& added);
  absl::Status FillVolumes(const Call& call, const EngineContainerRecord& record,
                           const imageservice::Rootfs& root);
  void UseVolumes(const EngineContainerRecord& record);
  absl::Status FindVolumes(const Call& call, PlanSurroundings& surroundings);
  void ReleaseVolumes(const EngineContainerRecord& record, bool remove_anonymous);
  void RemoveUnused(const std::vector<std::string>& volumes);

  // Its directory, its root and the views of so many image volumes.
  void RemoveFiles(const std::string& id, size_t volumes);
  // The containers, which must run, whose namespaces it joins.
  absl::Status JoinOthers(const ContainerSpec& spec, PlanSurroundings& surroundings) const;
  absl::StatusOr<ContainerPlan> PlanStart(const Call& call, const EngineContainerRecord& record);
  absl::StatusOr<LaunchedContainer> Launch(const Call& call, const EngineContainerRecord& record);
  // The processes of its snapshot, to be found by its start.
  absl::Status UnpackProcesses(const Call& call, const EngineContainerRecord& record) const;
  // Stop, of which nobody is told.
  absl::StatusOr<bool> EndRun(const Call& call, absl::string_view name, const StopChoice& choice);

  // Pauses: container_pause.cc. With the container held.
  absl::Status Freeze(const Call& call, const std::string& id, PausedBy by);
  absl::Status Thaw(const Call& call, const std::string& id);
  absl::Status NoteThawed(const std::string& id);

  absl::Status StartHeld(const Call& call, const std::string& id);
  absl::Status RemoveFound(const Call& call, const EngineContainerRecord& found,
                           const RemoveChoice& choice);
  absl::Status RemoveHeld(const Call& call, const EngineContainerRecord& record,
                          bool remove_volumes);
  void Tell(absl::string_view action, const EngineContainerRecord& record,
            std::map<std::string, std::string> more = {});

  void TellUse(Use use, const EngineContainerRecord& record);

  // What has happened without being asked for.
  void Watch(const std::shared_ptr<runtime::EventQueue>& queue);
  void WithHold(const std::string& id, std::function<void()> work);
  void OnExit(const std::string& id, const std::string& pod_id,
              const std::optional<runtime::ContainerSnapshot>& exited);
  void RemoveEndedPod(const std::string& pod_id);
  void RemoveLater(const std::string& pod_id);
  absl::Status ForgetEarlierRun(const Call& call, const std::string& id);
  void Note(const std::string& id, absl::string_view what,
            absl::FunctionRef<void(EngineContainerRecord&)> change);
  void AfterExit(const EngineContainerRecord& record);
  void RemoveItself(const EngineContainerRecord& record);
  void RemoveItselfAgain(const std::string& id);
  // What its containers had from the pod in /etc, for who looks at them once it is gone.
  absl::Status KeepPodFiles(const std::string& id, const std::string& pod_id) const;
  void RestartLater(const std::string& id, absl::Duration pause);
  void RestartDue(const std::string& id, absl::Duration others_pause);
  void AwaitOther(const EngineContainerRecord& record, const std::string& other,
                  absl::Duration pause);
  absl::Status Reconcile();
  absl::Status RemoveStrays();
  void NoteRunning(const EngineContainerRecord& record,
                   const runtime::ContainerSnapshot& container);
  void ReconcileOne(const EngineContainerRecord& record);
  void LookAgainLater(const EngineContainerRecord& record);

  runtime::PodRuntime& runtime_;
  runtime::PodRuntime& pods_;  // of CRI
  imageservice::ImageStore& images_;
  NetworkRegistry& networks_;
  VolumeStore& volumes_;
  EventHub& events_;
  const runtime::PlanCheck& plans_;
  const std::string init_;
  const Checkpoints* const checkpoints_;
  const std::string directory_;
  AttachDesk desk_;
  LogFiles log_files_;
  KeyedHolds holds_;
  std::unique_ptr<ContainerTable> table_;
  std::atomic<bool> ending_ = false;
  Agenda removals_{"engine-rm", 1};  // of pods, by id: what may hang again holds up these
  Agenda due_{"engine-due", 1};      // of containers, by id: what the workers are to do
  ThreadPool workers_{"engine", kEngineWorkers,
                      ThreadPool::Life::kProgram};  // after all that they work with
  std::thread watcher_;
};

}  // namespace berth::cri
