// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_engine.h"

#include <fcntl.h>
#include <signal.h>

#include <map>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/signal_name.h"
#include "base/status.h"
#include "base/sys/removal.h"
#include "cri/checkpoint/checkpoints.h"
#include "cri/container_roots.h"
#include "cri/engine_api/containers/container_event.h"
#include "cri/engine_api/containers/container_mounts.h"
#include "cri/engine_api/containers/container_planner.h"
#include "cri/engine_api/containers/container_recipe.h"
#include "cri/engine_api/containers/container_update.h"
#include "cri/engine_api/containers/creation_check.h"
#include "cri/engine_api/containers/legacy_links.h"
#include "cri/engine_api/containers/pod_container.h"
#include "cri/engine_api/containers/pod_container_engine.h"
#include "cri/engine_api/containers/spec_parts.h"
#include "cri/engine_api/networks/network.h"
#include "cri/engine_api/start_refusal.h"
#include "runtime/names.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kUsualGrace = absl::Seconds(10);
constexpr absl::Duration kForEver = absl::Hours(24 * 365);

// That a stop begins with.
int StopSignalOf(const EngineContainerRecord& record, const StopChoice& choice) {
  const auto usual = ParseSignal(JsonString(record.config, "StopSignal").value_or(""));
  return choice.signal != 0 ? choice.signal : usual.value_or(SIGTERM);
}

// What runs can be stopped whatever its record says: a daemon of before may have taken more.
absl::Duration GraceOf(const EngineContainerRecord& record) {
  const auto spec = ParseContainerSpec(record.config, record.host_config);
  return spec.ok() && spec->stop_timeout.has_value() ? absl::Seconds(*spec->stop_timeout)
                                                     : kUsualGrace;
}

}  // namespace

void PodContainerEngine::Tell(absl::string_view action, const EngineContainerRecord& record,
                              std::map<std::string, std::string> more) {
  events_.Tell(ContainerEvent(action, record, std::move(more)));
}

void PodContainerEngine::TellUse(Use use, const EngineContainerRecord& record) {
  for (EngineEvent& event : UseEvents(use, record, networks_.Settings(record.id))) {
    events_.Tell(std::move(event));
  }
}

std::optional<runtime::ContainerSnapshot> PodContainerEngine::FindRun(const std::string& id) const {
  absl::StatusOr<runtime::ContainerSnapshot> found = runtime_.FindContainer(id);
  return found.ok() && found->id == id ? std::optional(*std::move(found)) : std::nullopt;
}

std::string PodContainerEngine::PodOf(const EngineContainerRecord& record) const {
  const auto run = record.state.dead() ? FindRun(record.id) : std::nullopt;
  return run.has_value() ? run->pod_id : record.state.pod_id;
}

absl::Status PodContainerEngine::CheckEnded(const EngineContainerRecord& record) const {
  const EngineState& state = record.state;
  const auto run = state.dead() ? FindRun(record.id) : std::nullopt;
  const bool runs = run.has_value() ? run->state == v1::CONTAINER_RUNNING : state.running();
  return runs ? absl::FailedPreconditionError(
                    absl::StrCat("cannot remove container \"", record.name, "\": container is ",
                                 state.paused() ? "paused" : "running",
                                 ": stop the container before removing or force remove"))
              : absl::OkStatus();
}

absl::StatusOr<EngineContainerRecord> PodContainerEngine::Find(absl::string_view name) const {
  ASSIGN_OR_RETURN(EngineContainerRecord record, FindOwn(name));
  RETURN_IF_ERROR(CheckAlive(record));
  return record;
}

absl::StatusOr<EngineContainerRecord> PodContainerEngine::FindOwn(absl::string_view name) const {
  ASSIGN_OR_RETURN(EngineContainerRecord record, FindAny(name));
  if (record.of_pod) {
    return absl::UnimplementedError(
        absl::StrCat("container ", record.id,
                     " is of a pod: of such a container Berth has only its files, pauses and "
                     "details here (crictl and berth have the rest)"));
  }
  return record;
}

absl::StatusOr<EngineContainerRecord> PodContainerEngine::FindAny(absl::string_view name) const {
  absl::StatusOr<EngineContainerRecord> found = table_->Find(name);
  if (!absl::IsNotFound(found.status()) || !runtime::IsObjectId(name)) {
    return found;
  }
  const absl::StatusOr<runtime::ContainerSnapshot> of_pod = pods_.FindContainer(name);
  if (!of_pod.ok()) {
    return found;
  }
  EngineContainerRecord record = RecordOfPodContainer(*of_pod);
  if (record.state.running() && pods_.IsFrozen(record.id).value_or(false)) {
    record.state.status = EngineStatus::kPaused;
  }
  return record;
}

absl::StatusOr<KeyedHolds::Hold> PodContainerEngine::Hold(const Call& call, const std::string& id) {
  ASSIGN_OR_RETURN(KeyedHolds::Hold hold, holds_.Acquire(call, id));
  RETURN_IF_ERROR(FindAny(id).status());  // it may have been removed meanwhile
  return hold;
}

void PodContainerEngine::RemoveFiles(const std::string& id, size_t volumes) {
  RemoveRootsOf(images_, EngineRootKey(id), volumes);
  LogIfError(ToStatus(sys::RemoveTree(AT_FDCWD, DirectoryOf(id).c_str()), "remove ", id),
             "files of a container stay until the next start");
}

absl::Status PodContainerEngine::AddLinks(const EngineContainerRecord& record,
                                          ContainerSpec& spec) const {
  for (const LegacyLink& link : LegacyLinksOf(record.host_config)) {
    ASSIGN_OR_RETURN(const EngineContainerRecord other, table_->Find(link.name));
    const Json settings = networks_.Settings(other.id);
    const std::string address = JsonString(settings, "IPAddress").value_or("");
    if (!other.state.running() || address.empty()) {
      return absl::FailedPreconditionError(absl::StrCat("Cannot link to a non running container: /",
                                                        other.name, " AS /", record.name, "/",
                                                        link.alias));
    }
    AddLegacyLink(record.name, link, other, address, spec);
  }
  return absl::OkStatus();
}

absl::Status PodContainerEngine::JoinOthers(const ContainerSpec& spec,
                                            PlanSurroundings& surroundings) const {
  const auto find = [this](absl::string_view id,
                           absl::string_view what) -> absl::StatusOr<EngineContainerRecord> {
    ASSIGN_OR_RETURN(EngineContainerRecord other, table_->Find(id));
    if (!other.state.running()) {
      return absl::FailedPreconditionError(
          absl::StrCat("cannot join ", what, " of a non running container: ", other.id));
    }
    return other;
  };
  if (const std::string& joined = surroundings.networking.joined; !joined.empty()) {
    ASSIGN_OR_RETURN(const EngineContainerRecord other, find(joined, "network"));
    surroundings.network_of = other.state.pod_id;
  }
  if (absl::string_view id = spec.pid_mode; absl::ConsumePrefix(&id, kOfContainer)) {
    ASSIGN_OR_RETURN(const EngineContainerRecord other, find(id, "PID"));
    surroundings.pid_of = other.id;
  }
  if (absl::string_view id = spec.ipc_mode; absl::ConsumePrefix(&id, kOfContainer)) {
    ASSIGN_OR_RETURN(const EngineContainerRecord other, find(id, "IPC"));
    RETURN_IF_ERROR(CheckSharesIpc(other));
    ASSIGN_OR_RETURN(const runtime::PodSnapshot pod, runtime_.FindPod(other.state.pod_id));
    surroundings.ipc_is_hosts =
        pod.config.linux().security_context().namespace_options().ipc() == v1::NODE;
    surroundings.ipc_of = surroundings.ipc_is_hosts ? "" : pod.id;
  }
  return absl::OkStatus();
}

absl::StatusOr<ContainerPlan> PodContainerEngine::PlanStart(const Call& call,
                                                            const EngineContainerRecord& record) {
  ASSIGN_OR_RETURN(ContainerSpec spec, ParseContainerSpec(record.config, record.host_config));
  RETURN_IF_ERROR(AddLinks(record, spec));
  PlanSurroundings surroundings{.directory = DirectoryOf(record.id), .init = init_};
  ASSIGN_OR_RETURN(surroundings.networking, networks_.PlanStart(call, record.id));
  RETURN_IF_ERROR(JoinOthers(spec, surroundings));
  surroundings.block_devices = FindBlockDevices(spec.kernel_limits);
  surroundings.mounts = ReadMounts(record.mounts);
  RETURN_IF_ERROR(FindVolumes(call, surroundings));
  return PlanContainer(record, spec, surroundings);
}

absl::Status PodContainerEngine::UnpackProcesses(const Call& call,
                                                 const EngineContainerRecord& record) const {
  RETURN_IF_ERROR(CheckCheckpointsOn(checkpoints_));
  ASSIGN_OR_RETURN(const sys::Fd archive, images_.OpenAttachment(record.processes));
  return Annotate(checkpoints_->restores().UnpackFile(call, archive.get(), record.id).status(),
                  "the processes of the snapshot");
}

absl::StatusOr<LaunchedContainer> PodContainerEngine::Launch(const Call& call,
                                                             const EngineContainerRecord& record) {
  absl::Cleanup release = [&] {
    networks_.Stopped(record.id);
    if (record.resumes() && checkpoints_ != nullptr) {
      checkpoints_->restores().Drop(record.id);
    }
  };
  RETURN_IF_ERROR(ForgetEarlierRun(call, record.id));
  ASSIGN_OR_RETURN(const ContainerPlan plan, PlanStart(call, record));
  RETURN_IF_ERROR(record.resumes() ? UnpackProcesses(call, record) : absl::OkStatus());
  const auto before_start = [&](const std::string& pod_id) {
    RETURN_IF_ERROR(networks_.Started(record.id, pod_id));
    networks_.LetPublished();
    RETURN_IF_ERROR(record.resumes() ? checkpoints_->restores().Prepare(call, record.id)
                                     : absl::OkStatus());
    desk_.Admit(call, record.id);
    return absl::OkStatus();
  };
  absl::StatusOr<LaunchedContainer> launched =
      LaunchContainer(runtime_, images_, call, record.id, plan, before_start);
  if (!launched.ok()) {
    return networks_.Refusal(launched.status());
  }
  std::move(release).Cancel();
  return launched;
}

// Whoever holds it: it does not run.
absl::Status PodContainerEngine::StartHeld(const Call& call, const std::string& id) {
  ASSIGN_OR_RETURN(EngineContainerRecord record, table_->Change(id, [](auto& changed) {
    ++changed.state.attempt;  // on record before the pod is: no two pods have one name
    changed.state.error.clear();
    changed.state.removal_error.clear();
  }));
  const absl::StatusOr<LaunchedContainer> launched = Launch(call, record);
  ASSIGN_OR_RETURN(record, table_->Change(
                               id,
                               [&](EngineContainerRecord& changed) {
                                 if (launched.ok()) {
                                   NoteStarted(*launched, changed);
                                 } else {
                                   changed.state.exit_code = CodeOfRefusal(launched.status());
                                   changed.state.error = std::string(launched.status().message());
                                 }
                               },
                               /*force=*/true));
  if (launched.ok()) {
    desk_.AdmitLate(Call::WithTimeout(kTeardownTimeout), id);
    TellUse(Use::kBegins, record);
    Tell("start", record);
    return absl::OkStatus();
  }
  desk_.Refuse(id, launched.status());
  AfterExit(record);  // who asked for it to be removed waits for that
  return launched.status();
}

absl::StatusOr<bool> PodContainerEngine::Start(const Call& call, absl::string_view name) {
  ASSIGN_OR_RETURN(const EngineContainerRecord found, Find(name));
  ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, Hold(call, found.id));
  ASSIGN_OR_RETURN(const EngineContainerRecord record, table_->Find(found.id));
  if (record.state.paused()) {
    return absl::FailedPreconditionError("cannot start a paused container, try unpause instead");
  }
  if (record.state.running()) {
    return false;
  }
  RETURN_IF_ERROR(
      table_->Change(found.id, [](auto& changed) { changed.state.restart_count = 0; }).status());
  RETURN_IF_ERROR(StartHeld(call, found.id));
  return true;
}

absl::StatusOr<bool> PodContainerEngine::Stop(const Call& call, absl::string_view name,
                                              const StopChoice& choice) {
  ASSIGN_OR_RETURN(const EngineContainerRecord record, Find(name));
  if (record.state.running()) {
    Tell("kill", record, {{"signal", absl::StrCat(StopSignalOf(record, choice))}});
  }
  ASSIGN_OR_RETURN(const bool stopped, EndRun(call, record.id, choice));
  if (stopped) {
    Tell("stop", record);
  }
  return stopped;
}

absl::StatusOr<bool> PodContainerEngine::EndRun(const Call& call, absl::string_view name,
                                                const StopChoice& choice) {
  ASSIGN_OR_RETURN(const EngineContainerRecord found, Find(name));
  const auto note = [](EngineContainerRecord& changed) {
    changed.state.stopped_by_user = true;
    if (changed.state.status == EngineStatus::kRestarting) {
      changed.state.status = EngineStatus::kExited;
    }
  };
  // Also on a full disk: what is to end ends.
  ASSIGN_OR_RETURN(EngineContainerRecord record, table_->Change(found.id, note, /*force=*/true));
  if (!record.state.running()) {  // or it is being started: that is waited for, and stopped
    ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, Hold(call, found.id));
    ASSIGN_OR_RETURN(record, table_->Change(found.id, note, /*force=*/true));
    if (!record.state.running()) {
      return found.state.status == EngineStatus::kRestarting;
    }
  }
  if (record.state.paused()) {
    RETURN_IF_ERROR(SetPaused(call, record.id, false, PausedBy::kUser));
  }
  absl::Duration grace = choice.grace.value_or(GraceOf(record));
  grace = grace < absl::ZeroDuration() ? kForEver : grace;
  const auto ended = [&record](const EngineContainerRecord& now) {
    return !now.state.running() || now.state.attempt != record.state.attempt;
  };
  if (choice.signal != 0) {
    RETURN_IF_ERROR(runtime_.Signal(call, record.id, choice.signal));
    const auto waited = table_->AwaitState(call.Within(grace), record.id, ended);
    RETURN_IF_ERROR(call.Check());
    grace = waited.ok() ? grace : absl::ZeroDuration();
  }
  RETURN_IF_ERROR(runtime_.StopContainer(call, record.id, grace));
  RETURN_IF_ERROR(table_->AwaitState(call, record.id, ended).status());
  return true;
}

absl::Status PodContainerEngine::Kill(const Call& call, absl::string_view name, int signal) {
  ASSIGN_OR_RETURN(EngineContainerRecord record, Find(name));
  if (!record.state.running()) {  // or it is being started: that is waited for
    ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, Hold(call, record.id));
    ASSIGN_OR_RETURN(record, Find(record.id));
  }
  if (!record.state.running()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot kill container: ", name, ": container ", record.id, " is not running"));
  }
  Tell("kill", record, {{"signal", absl::StrCat(signal)}});
  if (signal != SIGKILL) {
    return runtime_.Signal(call, record.id, signal);
  }
  return EndRun(call, record.id, {.grace = absl::ZeroDuration()}).status();
}

absl::Status PodContainerEngine::Restart(const Call& call, absl::string_view name,
                                         const StopChoice& choice) {
  ASSIGN_OR_RETURN(const EngineContainerRecord record, Find(name));
  RETURN_IF_ERROR(Stop(call, record.id, choice).status());
  RETURN_IF_ERROR(Start(call, record.id).status());
  Tell("restart", record);
  return absl::OkStatus();
}

// One that removes itself may be gone before we are to remove it, which is what was asked for.
absl::Status PodContainerEngine::Remove(const Call& call, absl::string_view name,
                                        const RemoveChoice& choice) {
  ASSIGN_OR_RETURN(const EngineContainerRecord found, FindOwn(name));
  absl::Status removed = RemoveFound(call, found, choice);
  return absl::IsNotFound(removed) && !table_->Find(found.id).ok() ? absl::OkStatus() : removed;
}

absl::Status PodContainerEngine::RemoveFound(const Call& call, const EngineContainerRecord& found,
                                             const RemoveChoice& choice) {
  if (!choice.force) {
    RETURN_IF_ERROR(CheckEnded(found));
  }
  if (found.state.running()) {
    Tell("kill", found, {{"signal", absl::StrCat(SIGKILL)}});
  }
  if (choice.force && (found.state.running() || found.state.status == EngineStatus::kRestarting)) {
    RETURN_IF_ERROR(EndRun(call, found.id, {.grace = absl::ZeroDuration()}).status());
  }
  ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, Hold(call, found.id));
  ASSIGN_OR_RETURN(const EngineContainerRecord record, table_->Find(found.id));
  if (!record.state.dead()) {
    RETURN_IF_ERROR(CheckEnded(record));  // it may have been started meanwhile
  }
  return RemoveHeld(call, record, choice.volumes);
}

// Its record goes last: what is left of it is found by that.
absl::Status PodContainerEngine::RemoveHeld(const Call& call, const EngineContainerRecord& record,
                                            bool remove_volumes) {
  if (const std::string pod_id = PodOf(record); !pod_id.empty()) {
    RETURN_IF_ERROR(runtime_.RemovePod(call, pod_id));
  }
  RETURN_IF_ERROR(ForgetEarlierRun(call, record.id));
  RemoveFiles(record.id, MountedImageIds(record.mounts).size());
  ReleaseVolumes(record, remove_volumes);
  RETURN_IF_ERROR(table_->Remove(record.id));
  networks_.Forget(record.id);
  desk_.Refuse(record.id, absl::NotFoundError(absl::StrCat("No such container: ", record.id)));
  Tell("destroy", record);
  return absl::OkStatus();
}

absl::Status PodContainerEngine::Rename(absl::string_view name, const std::string& new_name) {
  ASSIGN_OR_RETURN(const EngineContainerRecord record, Find(name));
  ASSIGN_OR_RETURN(const std::string parsed, ParseContainerName(new_name));
  RETURN_IF_ERROR(table_->Rename(record.id, parsed));
  networks_.Rename(record.id, parsed);
  Tell("rename", record, {{"oldName", "/" + record.name}});
  return absl::OkStatus();
}

absl::StatusOr<int32_t> PodContainerEngine::Wait(const Call& call, absl::string_view name,
                                                 WaitCondition condition,
                                                 std::function<void()> began) {
  ASSIGN_OR_RETURN(const EngineContainerRecord first, Find(name));
  int32_t code = first.state.exit_code;
  began();
  const auto done = [&](const EngineContainerRecord& now) {
    code = now.state.exit_code;
    const bool runs = now.state.running() || now.state.status == EngineStatus::kRestarting;
    const bool has_ended =
        now.state.finished_at != 0 && now.state.finished_at != first.state.finished_at;
    switch (condition) {
      case WaitCondition::kNotRunning:
        return !runs || has_ended;  // it may be on its way to run again
      case WaitCondition::kNextExit:
        return has_ended;
      case WaitCondition::kRemoved:
        break;
    }
    return !now.state.removal_error.empty();
  };
  ASSIGN_OR_RETURN(const std::optional<EngineContainerRecord> now,
                   table_->AwaitState(call, first.id, done));
  if (condition == WaitCondition::kRemoved && now.has_value()) {
    return absl::InternalError(now->state.removal_error);
  }
  return code;
}

void PodContainerEngine::NoteHealth(const std::string& id, int64_t started_at, const Probe& probe) {
  bool changes = false;
  const absl::StatusOr<EngineContainerRecord> record =
      table_->Change(id, [&](EngineContainerRecord& changed) {
        EngineState& state = changed.state;
        const absl::StatusOr<HealthSpec> spec = ParseHealth(changed.config);
        if (spec.ok() && state.running() && state.started_at == started_at) {
          changes = cri::NoteProbe(*spec, started_at, probe, state.health);
        }
      });
  if (record.ok() && changes) {
    Tell(absl::StrCat("health_status: ", NameOf(record->state.health.status)), *record);
  }
}

std::optional<LimitedLog> PodContainerEngine::LogLimit(const std::string& id) const {
  const absl::StatusOr<EngineContainerRecord> record = table_->Find(id);
  if (!record.ok() || record->id != id) {
    return std::nullopt;
  }
  const absl::StatusOr<LogSpec> spec = ParseLog(JsonObject(record->host_config, "LogConfig"));
  if (!spec.ok() || spec->driver == "none" || spec->max_size <= 0) {
    return std::nullopt;
  }
  return LimitedLog{id, LogPath(id), spec->max_size, spec->max_files};
}

absl::Status PodContainerEngine::Update(const Call& call, absl::string_view name,
                                        const Json& changes) {
  ASSIGN_OR_RETURN(const EngineContainerRecord named, Find(name));
  ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, Hold(call, named.id));
  ASSIGN_OR_RETURN(const EngineContainerRecord found, table_->Find(named.id));
  ASSIGN_OR_RETURN(const Json host_config, UpdatedHostConfig(found, changes));
  ASSIGN_OR_RETURN(const ResourceSpec resources, ParseResources(host_config));
  RETURN_IF_ERROR(CheckResources(resources, AbilitiesOf(runtime_)));
  if (found.state.running()) {
    v1::LinuxContainerResources limits = PlanLimits(resources);
    ASSIGN_OR_RETURN(const KernelLimits kernel, ParseKernelLimits(host_config));
    KernelLimits changeable;
    changeable.block_weight = kernel.block_weight;
    AddKernelLimits(changeable, {}, limits);
    RETURN_IF_ERROR(runtime_.UpdateResources(call, found.id, limits));
  }
  ASSIGN_OR_RETURN(const EngineContainerRecord record,
                   table_->Change(found.id, [&host_config](EngineContainerRecord& changed) {
                     changed.host_config = host_config;
                   }));
  Tell("update", record);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ContainerEngine>> ContainerEngine::Open(const EngineParts& parts,
                                                                       const std::string& root) {
  auto engine = std::make_unique<PodContainerEngine>(parts, root);
  RETURN_IF_ERROR(engine->Open(parts.database));
  return std::unique_ptr<ContainerEngine>(std::move(engine));
}

}  // namespace berth::cri
