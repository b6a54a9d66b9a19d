// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "cri/engine_api/containers/container_record.h"

// The recipe of a container: the request that makes it again, kept in an annotation of an image of
// its files. The two are a snapshot, which goes wherever images go. Pure.
namespace berth::cri {

inline constexpr char kRecipeAnnotation[] = "org.berth.container.recipe";
inline constexpr char kSnapshotType[] = "application/vnd.berth.container.v1";  // artifactType
// Of the blob with the container's processes (docs/CHECKPOINT.md), where the snapshot has them.
inline constexpr char kProcessesType[] = "application/vnd.berth.checkpoint.v1.tar";
inline constexpr char kRecipeName[] = "Name";    // beside the request's fields: the container's
inline constexpr size_t kMaxRecipe = 128 << 10;  // bytes

// `networks` is Networks of inspect's NetworkSettings, of which the recipe keeps what was asked of
// networks that people have made. ResourceExhausted when the container is described by more than
// kMaxRecipe.
absl::StatusOr<std::string> FormatRecipe(const EngineContainerRecord& record, const Json& networks);

// The body of POST /containers/create that a recipe is, to be made from the image `image`. A recipe
// comes from anywhere: InvalidArgument when it is none.
absl::StatusOr<Json> ParseRecipe(absl::string_view text, const std::string& image);

// What of a request reaches beyond the container: the names of the fields of HostConfig, or
// NetworkingConfig, that give it rights on the node, or what others have. Fields that are not known
// do.
std::vector<std::string> RightsAsked(const Json& body);

}  // namespace berth::cri
