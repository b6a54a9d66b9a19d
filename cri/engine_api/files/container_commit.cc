// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/container_commit.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cri/checkpoint/checkpoints.h"
#include "cri/engine_api/containers/container_recipe.h"
#include "cri/engine_api/files/rootfs_delta.h"
#include "imageservice/build/image_commit.h"
#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

using imageservice::AuthoredLayer;
using imageservice::Image;
using imageservice::ImageAuthor;
using imageservice::ImageStore;

constexpr absl::Duration kGoOnTime = absl::Minutes(1);

// The container's Config with what the request has in it; what is empty there stays.
Json MergedConfig(const EngineContainerRecord& record, const Json& changes) {
  Json config = record.config;
  for (const auto& [key, value] : changes.items()) {
    if (!value.is_null() && value != "" && value != false && !value.empty()) {
      config[key] = value;
    }
  }
  return config;
}

std::string CommandText(const Json& config) {
  std::vector<std::string> words;
  for (const Json& word : JsonArray(config, "Cmd")) {
    words.push_back(word.is_string() ? word.get<std::string>() : "");
  }
  return absl::StrJoin(words, " ");
}

// What the container has written, as a layer; nothing when it is nothing. Processes want to find
// the places of their mounts as well, which a start would make.
absl::StatusOr<std::optional<AuthoredLayer>> PackLayer(const Call& call, ImageStore& images,
                                                       ImageAuthor& author,
                                                       const EngineContainerRecord& record,
                                                       bool has_processes) {
  ASSIGN_OR_RETURN(const RootfsDelta delta, OpenDelta(call, images, record));
  ASSIGN_OR_RETURN(const auto changes, ChangesOf(call, delta));
  if (changes.empty() && !has_processes) {
    return std::nullopt;
  }
  imageservice::PackOptions options;
  if (!has_processes) {
    options.left_out = delta.stubs;
  }
  return author.PackRootfs(call, RootKeyOf(record), options);
}

absl::Status CheckProcesses(const EngineContainerRecord& record, const CommitRequest& request,
                            const Checkpoints* checkpoints) {
  if (!request.has_processes) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CheckCheckpointsOn(checkpoints));
  if (!request.is_snapshot || !request.pauses) {
    return absl::InvalidArgumentError("processes are kept in a snapshot, and are paused meanwhile");
  }
  return record.state.status == EngineStatus::kRunning
             ? absl::OkStatus()
             : absl::FailedPreconditionError(
                   absl::StrCat("container ", record.id, " is ", NameOf(record.state.status),
                                ": only of one that runs the processes can be kept"));
}

// What makes an image of its files a snapshot.
absl::Status AddSnapshot(const Call& call, const EngineParts& parts,
                         const EngineContainerRecord& record, const CommitRequest& request,
                         ImageAuthor& author, imageservice::NewImage& image) {
  const Json settings = parts.networks.Settings(record.id);
  ASSIGN_OR_RETURN(image.annotations[kRecipeAnnotation],
                   FormatRecipe(record, JsonObject(settings, "Networks")));
  image.artifact_type = kSnapshotType;
  if (request.has_processes) {
    ASSIGN_OR_RETURN(const sys::Fd archive, parts.checkpoints->SaveProcesses(call, record.id));
    ASSIGN_OR_RETURN(imageservice::Attachment processes,
                     author.Attach(call, kProcessesType, archive.get()));
    image.attachments.push_back(std::move(processes));
  }
  return absl::OkStatus();
}

// The container's processes come last: they may go on from then.
absl::StatusOr<Image> ComposeImage(const Call& call, const EngineParts& parts,
                                   const EngineContainerRecord& record,
                                   const CommitRequest& request) {
  ImageStore& images = parts.images;
  ASSIGN_OR_RETURN(const std::string base, images.Config(record.image_id));
  imageservice::CommitDraft draft;
  draft.base = base;
  draft.config = FormatJson(MergedConfig(record, request.config));
  draft.changes = request.changes;
  draft.author = request.author;
  draft.comment = request.comment;
  draft.created_by = CommandText(record.config);
  draft.created = TimeText(absl::GetCurrentTimeNanos());
  RETURN_IF_ERROR(FormatCommit(draft).status());  // before all the work
  const std::unique_ptr<ImageAuthor> author = images.NewAuthor();
  imageservice::NewImage image;
  ASSIGN_OR_RETURN(image.layers, author->LayersOf(call, record.image_id));
  ASSIGN_OR_RETURN(std::optional<AuthoredLayer> layer,
                   PackLayer(call, images, *author, record, request.has_processes));
  draft.has_layer = layer.has_value();
  if (layer.has_value()) {
    image.layers.push_back(*std::move(layer));
  }
  ASSIGN_OR_RETURN(image.config, FormatCommit(draft));
  if (request.is_snapshot) {
    RETURN_IF_ERROR(AddSnapshot(call, parts, record, request, *author, image));
  }
  if (!request.reference.empty()) {
    image.names.push_back(request.reference);
  }
  return author->Compose(call, image);
}

}  // namespace

absl::StatusOr<Image> CommitContainer(const Call& call, ContainerEngine& engine,
                                      const EngineParts& parts, const CommitRequest& request) {
  if (!request.reference.empty()) {
    RETURN_IF_ERROR(imageservice::ImageReference::Parse(request.reference).status());
  }
  ASSIGN_OR_RETURN(EngineContainerRecord record, engine.FindAny(request.container));
  RETURN_IF_ERROR(CheckAlive(record));
  if (request.is_snapshot && record.of_pod) {
    return absl::FailedPreconditionError(
        absl::StrCat("the container ", record.id, " is of a pod: a pod makes its containers"));
  }
  RETURN_IF_ERROR(CheckProcesses(record, request, parts.checkpoints));
  if (record.state.status == EngineStatus::kRunning && request.pauses) {
    RETURN_IF_ERROR(engine.SetPaused(call, record.id, true, PausedBy::kCommit));
    absl::Cleanup go_on = [&] {
      LogIfError(
          engine.SetPaused(Call::WithTimeout(kGoOnTime), record.id, false, PausedBy::kCommit),
          "a container stays paused after a commit");
    };
    return ComposeImage(call, parts, record, request);
  }
  std::optional<KeyedHolds::Hold> hold;
  if (!record.state.running()) {
    ASSIGN_OR_RETURN(KeyedHolds::Hold held, engine.Hold(call, record.id));
    hold.emplace(std::move(held));
    ASSIGN_OR_RETURN(record, engine.FindAny(record.id));  // what has become of it meanwhile
    if (record.state.running()) {
      return absl::FailedPreconditionError(
          absl::StrCat("container ", record.id, " has been started meanwhile"));
    }
  }
  return ComposeImage(call, parts, record, request);
}

}  // namespace berth::cri
