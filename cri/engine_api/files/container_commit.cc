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

// What the container has written, as a layer; nothing when it is nothing.
absl::StatusOr<std::optional<AuthoredLayer>> PackLayer(const Call& call, ImageStore& images,
                                                       ImageAuthor& author,
                                                       const EngineContainerRecord& record) {
  ASSIGN_OR_RETURN(const RootfsDelta delta, OpenDelta(call, images, record));
  ASSIGN_OR_RETURN(const auto changes, ChangesOf(call, delta));
  if (changes.empty()) {
    return std::nullopt;
  }
  imageservice::PackOptions options;
  options.left_out = delta.stubs;
  return author.PackRootfs(call, RootKeyOf(record), options);
}

absl::StatusOr<Image> ComposeImage(const Call& call, ImageStore& images,
                                   const EngineContainerRecord& record,
                                   const CommitRequest& request) {
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
  ASSIGN_OR_RETURN(std::optional<AuthoredLayer> layer, PackLayer(call, images, *author, record));
  draft.has_layer = layer.has_value();
  if (layer.has_value()) {
    image.layers.push_back(*std::move(layer));
  }
  ASSIGN_OR_RETURN(image.config, FormatCommit(draft));
  if (request.is_snapshot) {
    ASSIGN_OR_RETURN(image.annotations[kRecipeAnnotation], FormatRecipe(record));
    image.artifact_type = kSnapshotType;
  }
  if (!request.reference.empty()) {
    image.names.push_back(request.reference);
  }
  return author->Compose(call, image);
}

}  // namespace

absl::StatusOr<Image> CommitContainer(const Call& call, ContainerEngine& engine, ImageStore& images,
                                      const CommitRequest& request) {
  if (!request.reference.empty()) {
    RETURN_IF_ERROR(imageservice::ImageReference::Parse(request.reference).status());
  }
  ASSIGN_OR_RETURN(const EngineContainerRecord record, engine.FindAny(request.container));
  if (request.is_snapshot && record.of_pod) {
    return absl::FailedPreconditionError(
        absl::StrCat("the container ", record.id, " is of a pod: a pod makes its containers"));
  }
  if (record.state.status == EngineStatus::kRunning && request.pauses) {
    RETURN_IF_ERROR(engine.SetPaused(call, record.id, true, PausedBy::kCommit));
    absl::Cleanup go_on = [&] {
      LogIfError(
          engine.SetPaused(Call::WithTimeout(kGoOnTime), record.id, false, PausedBy::kCommit),
          "a container stays paused after a commit");
    };
    return ComposeImage(call, images, record, request);
  }
  std::optional<KeyedHolds::Hold> hold;
  if (!record.state.running()) {
    ASSIGN_OR_RETURN(KeyedHolds::Hold held, engine.Hold(call, record.id));
    hold.emplace(std::move(held));
  }
  return ComposeImage(call, images, record, request);
}

}  // namespace berth::cri
