// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

#include "base/file.h"
#include "base/kernel_names.h"
#include "base/new_file.h"
#include "base/path.h"
#include "base/random_id.h"
#include "base/random_name.h"
#include "base/short_id.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "cri/engine_api/containers/bind_sources.h"
#include "cri/engine_api/containers/container_mounts.h"
#include "cri/engine_api/containers/container_planner.h"
#include "cri/engine_api/containers/container_recipe.h"
#include "cri/engine_api/containers/creation_check.h"
#include "cri/engine_api/containers/image_defaults.h"
#include "cri/engine_api/containers/image_mounts.h"
#include "cri/engine_api/containers/legacy_links.h"
#include "cri/engine_api/containers/pod_container_engine.h"
#include "cri/engine_api/image_platform.h"
#include "cri/engine_api/images/image_name.h"
#include "cri/engine_api/json_fields.h"
#include "cri/engine_api/networks/network.h"
#include "cri/validation.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxImageConfig = 8 << 20;
constexpr mode_t kPrivateDirectory = 0700;
constexpr int kTriesOfNames = 16;  // of containers that are made at once

absl::StatusOr<Json> ReadImageDocument(const imageservice::ImageStore& images,
                                       const std::string& id) {
  ASSIGN_OR_RETURN(const std::string text, images.Config(id));
  return ParseJson(text, kMaxImageConfig);
}

// Their sources are made, and files labelled, where they are planned.
void LeaveFilesAlone(const std::vector<MountSpec>& mounts, ContainerPlan& plan) {
  std::set<std::string> sources;
  for (const MountSpec& mount : mounts) {
    if (mount.type == MountSpec::Type::kBind) {
      sources.insert(mount.source);
    }
  }
  auto& all = *plan.container.mutable_mounts();
  all.erase(
      std::remove_if(all.begin(), all.end(),
                     [&](const v1::Mount& mount) { return sources.count(mount.host_path()) != 0; }),
      all.end());
  for (v1::Mount& volume : all) {
    volume.set_selinux_relabel(false);
  }
  plan.extras.shared_files.clear();
  plan.extras.own_files.clear();
}

// All that it needs, which are there.
absl::StatusOr<std::vector<KeyedHolds::Hold>> HoldImages(const Call& call,
                                                         imageservice::ImageStore& images,
                                                         const EngineContainerRecord& record) {
  const std::vector<std::string> needed = ImagesOf(record);
  std::vector<KeyedHolds::Hold> holds;
  for (const std::string& id : std::set<std::string>(needed.begin(), needed.end())) {
    absl::StatusOr<imageservice::HeldImage> held = images.HoldToUse(call, id);
    if (absl::IsNotFound(held.status())) {
      return absl::FailedPreconditionError(
          absl::StrCat("image ", ShortId(id), " has been removed meanwhile"));
    }
    RETURN_IF_ERROR(held.status());
    holds.push_back(std::move(held->hold));
  }
  return holds;
}

}  // namespace

std::string PodContainerEngine::NewName() const {
  constexpr int kTriesOfTwoWords = 16;
  for (int i = 0;; ++i) {
    const std::string digits = RandomHex(sizeof(uint64_t));
    uint64_t number = 0;
    (void)absl::SimpleHexAtoi(digits, &number);
    std::string name = RandomName(number, '_');
    if (i >= kTriesOfTwoWords) {
      absl::StrAppend(&name, "_", digits);
    }
    if (!table_->HasName(name)) {
      return name;
    }
  }
}

absl::StatusOr<EngineContainerRecord> PodContainerEngine::Draft(
    const CreateContainerRequest& request) const {
  EngineContainerRecord record;
  record.id = RandomId();
  record.created_at = absl::GetCurrentTimeNanos();
  record.config = request.config;
  record.host_config = request.host_config;
  if (request.name.empty()) {
    record.name = NewName();
  } else {
    ASSIGN_OR_RETURN(record.name, ParseContainerName(request.name));
  }
  JsonFields fields(record.config);
  const std::string reference = fields.Text("Image");
  RETURN_IF_ERROR(fields.status());
  absl::StatusOr<imageservice::Image> image = images_.Find(reference);
  if (absl::IsNotFound(image.status())) {
    return NoSuchImage(reference);
  }
  RETURN_IF_ERROR(image.status());
  RETURN_IF_ERROR(CheckRunsOn(request.platform, reference, *image));
  record.image_id = image->id;
  if (request.resumes) {
    absl::StatusOr<std::string> processes = images_.FindAttachment(reference, kProcessesType);
    if (absl::IsNotFound(processes.status())) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the snapshot ", reference, " has no processes (berth snapshot --checkpoint)"));
    }
    ASSIGN_OR_RETURN(record.processes, std::move(processes));
  }
  ASSIGN_OR_RETURN(const Json document, ReadImageDocument(images_, image->id));
  RETURN_IF_ERROR(CompleteByImage(JsonObject(document, "config"), record.config));
  return record;
}

// Another container whose network it is to share is known by its id from now on.
absl::StatusOr<ContainerNetworking> PodContainerEngine::DraftNetworking(
    const Json& endpoints, EngineContainerRecord& record) const {
  Json body = record.config;
  body["HostConfig"] = record.host_config;
  body["NetworkingConfig"] = {{"EndpointsConfig", endpoints}};
  ASSIGN_OR_RETURN(ContainerNetworking networking, ReadContainerNetworking(body));
  networking.container_id = record.id;
  networking.name = record.name;
  if (networking.kind == NetworkKind::kContainer) {
    ASSIGN_OR_RETURN(const EngineContainerRecord other, table_->Find(networking.joined));
    networking.joined = other.id;
    record.host_config["NetworkMode"] = absl::StrCat(kOfContainer, other.id);
  } else if (networking.hostname.empty()) {
    const bool is_nodes = networking.kind == NetworkKind::kHost ||
                          JsonString(record.host_config, "UTSMode") == "host";
    record.config["Hostname"] = networking.hostname =
        is_nodes ? ReadKernelNames().node : ShortId(record.id);
  }
  return networking;
}

// Likewise those whose processes it is to see, and whose memory it is to share.
absl::Status PodContainerEngine::DraftNamespaces(EngineContainerRecord& record) const {
  for (const char* field : {"PidMode", "IpcMode"}) {
    const std::string mode = JsonString(record.host_config, field).value_or("");
    absl::string_view other = mode;
    if (absl::ConsumePrefix(&other, kOfContainer)) {
      ASSIGN_OR_RETURN(const EngineContainerRecord target, table_->Find(other));
      record.host_config[field] = absl::StrCat(kOfContainer, target.id);
    }
  }
  return absl::OkStatus();
}

absl::Status PodContainerEngine::CheckLinks(const EngineContainerRecord& record) const {
  for (const LegacyLink& link : LegacyLinksOf(record.host_config)) {
    const absl::StatusOr<EngineContainerRecord> other = table_->Find(link.name);
    if (!other.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("could not get container for ", link.name, ": ", other.status().message()));
    }
    RETURN_IF_ERROR(CheckAlias(link));
  }
  return absl::OkStatus();
}

absl::StatusOr<ContainerPlan> PodContainerEngine::PlanAlone(
    const EngineContainerRecord& record, const ContainerSpec& spec,
    const ContainerNetworking& networking) const {
  PlanSurroundings surroundings{
      .directory = DirectoryOf(record.id), .mounts = ReadMounts(record.mounts), .init = init_};
  for (const MountSpec& mount : surroundings.mounts) {
    if (mount.type == MountSpec::Type::kVolume) {
      surroundings.volumes[mount.source] = volumes_.Mountpoint(mount.source);
    }
  }
  surroundings.networking.kind = networking.kind;
  surroundings.networking.dns_servers = networking.dns_servers;
  surroundings.networking.dns_searches = networking.dns_searches;
  surroundings.networking.dns_options = networking.dns_options;
  surroundings.block_devices = FindBlockDevices(spec.kernel_limits);
  ASSIGN_OR_RETURN(ContainerPlan plan, PlanContainer(record, spec, surroundings));
  v1::NamespaceOption& namespaces =
      *plan.container.mutable_linux()->mutable_security_context()->mutable_namespace_options();
  if (namespaces.pid() == v1::TARGET) {
    namespaces.set_pid(v1::CONTAINER);
  }
  plan.container.clear_devices();
  plan.container.clear_cdi_devices();
  RETURN_IF_ERROR(ValidatePodConfig(plan.pod));
  RETURN_IF_ERROR(ValidateContainerConfig(plan.container));
  LeaveFilesAlone(surroundings.mounts, plan);
  return plan;
}

// On the node's own files nothing is changed for one that is refused.
absl::Status PodContainerEngine::MakeFiles(const Call& call, const EngineContainerRecord& record,
                                           const ContainerSpec& spec, const ContainerPlan& plan) {
  const std::string directory = DirectoryOf(record.id);
  RETURN_IF_ERROR(EnsureDirectories(directory, kPrivateDirectory));
  if (const std::string profile = SeccompProfileOf(spec); !profile.empty()) {
    RETURN_IF_ERROR(WriteNewFile(JoinPath(directory, kSeccompProfile), profile));
  }
  RETURN_IF_ERROR(CheckLaunch(plans_, images_, call, record.id, plan));
  RETURN_IF_ERROR(MakeBindSources(spec.mounts));
  ASSIGN_OR_RETURN(const imageservice::Rootfs root,
                   images_.PrepareRootfs(call, record.image_id, EngineRootKey(record.id)));
  return FillVolumes(call, record, root);
}

absl::Status PodContainerEngine::AddRecord(const Call& call, bool is_named,
                                           EngineContainerRecord& record) {
  ASSIGN_OR_RETURN(const std::vector<KeyedHolds::Hold> holds, HoldImages(call, images_, record));
  absl::Status added = table_->Add(record);
  for (int i = 0; !is_named && absl::IsAlreadyExists(added) && i < kTriesOfNames; ++i) {
    record.name = NewName();
    networks_.Rename(record.id, record.name);
    added = table_->Add(record);
  }
  return added;
}

absl::StatusOr<std::string> PodContainerEngine::Create(const Call& call,
                                                       const CreateContainerRequest& request) {
  ASSIGN_OR_RETURN(EngineContainerRecord record, Draft(request));
  absl::StatusOr<std::string> id = CreateDrafted(call, request, std::move(record));
  // Clients take NotFound for the image's, and pull that.
  return absl::IsNotFound(id.status()) ? absl::InvalidArgumentError(id.status().message())
                                       : std::move(id);
}

absl::StatusOr<std::string> PodContainerEngine::CreateDrafted(const Call& call,
                                                              const CreateContainerRequest& request,
                                                              EngineContainerRecord record) {
  ASSIGN_OR_RETURN(ContainerNetworking networking, DraftNetworking(request.networking, record));
  RETURN_IF_ERROR(DraftNamespaces(record));
  RETURN_IF_ERROR(CheckLinks(record));
  ASSIGN_OR_RETURN(ContainerSpec spec, ParseContainerSpec(record.config, record.host_config));
  for (MountSpec& mount : spec.mounts) {
    mount.read_only_below = mount.read_only_below && request.read_only_below;
  }
  if (spec.init && !sys::StatAt(AT_FDCWD, init_.c_str(), 0).ok()) {
    return absl::UnimplementedError(
        absl::StrCat("--init is not supported on this node: there is no ", init_,
                     " (Debian's package tini; the key docker.init names another)"));
  }
  RETURN_IF_ERROR(CheckCreation(spec, AbilitiesOf(runtime_)));
  RETURN_IF_ERROR(CheckKernelLimits(record.host_config));
  RETURN_IF_ERROR(CheckBindSources(spec.mounts));
  std::vector<std::string> added_volumes;
  absl::Cleanup undo = [&] {
    networks_.Forget(record.id);
    volumes_.Release(record.id);
    RemoveUnused(added_volumes);
    RemoveFiles(record.id, MountedImageIds(record.mounts).size());
  };
  RETURN_IF_ERROR(MakeVolumes(call, spec, record, added_volumes));
  ASSIGN_OR_RETURN(const ContainerPlan plan, PlanAlone(record, spec, networking));
  RETURN_IF_ERROR(networks_.Add(std::move(networking)));
  RETURN_IF_ERROR(MakeFiles(call, record, spec, plan));
  RETURN_IF_ERROR(AddRecord(call, !request.name.empty(), record));
  std::move(undo).Cancel();
  // Not for the client to undo any more; a start settles what is left.
  LogIfError(volumes_.Settle(Call::WithTimeout(kTeardownTimeout), record.id),
             "volumes of a container are on record as drafts");
  Tell("create", record);
  return record.id;
}

}  // namespace berth::cri
