// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_prune.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "cri/engine_api/filters.h"
#include "cri/engine_api/images/image_json.h"
#include "imageservice/image/reference.h"
#include "imageservice/unneeded_image.h"

namespace berth::cri {
namespace {

// What a prune spares, whatever it is.
class Choice {
 public:
  static absl::StatusOr<Choice> Read(const EngineRequest& request) {
    constexpr absl::string_view kKnown[] = {"dangling", "label", "label!", "until"};
    Choice choice;
    ASSIGN_OR_RETURN(choice.filters_, Filters::Parse(request.Query("filters"), kKnown));
    ASSIGN_OR_RETURN(choice.dangling_, choice.filters_.Bool("dangling", true));
    ASSIGN_OR_RETURN(const absl::Time until, choice.filters_.Until(absl::Now()));
    choice.until_ = absl::ToUnixSeconds(until);
    return choice;
  }

  bool Takes(const imageservice::Image& image) const {
    return !image.pinned && (!dangling_ || image.repo_tags.empty()) &&
           UnixSeconds(image.created) < until_ && filters_.TakesLabels(image.labels);
  }

 private:
  Filters filters_;
  bool dangling_ = true;
  int64_t until_ = INT64_MAX;
};

// Whether it was removed.
absl::StatusOr<bool> RemoveUnused(const Call& call, imageservice::ImageStore& images,
                                  const ListImageUses& uses, const Choice& choice,
                                  const std::string& image_id) {
  const absl::StatusOr<imageservice::HeldImage> held =
      imageservice::HoldUnneeded(images, call, image_id);
  if (absl::IsNotFound(held.status())) {
    return false;
  }
  RETURN_IF_ERROR(held.status());
  if (!choice.Takes(held->image)) {  // pulled by a name again since it was listed
    return false;
  }
  const bool is_used =
      absl::c_any_of(uses(), [&image_id](const ImageUse& use) { return use.image_id == image_id; });
  if (!is_used) {
    RETURN_IF_ERROR(images.Remove(image_id));
  }
  return !is_used;
}

}  // namespace

absl::StatusOr<std::string> PruneImages(imageservice::ImageStore& images, const ListImageUses& uses,
                                        EventHub& events, const Exchange& exchange) {
  ASSIGN_OR_RETURN(const Choice choice, Choice::Read(exchange.request()));
  const uint64_t before = images.Usage().used_bytes;
  Json deleted = Json::array();
  for (const imageservice::Image& image : images.List()) {
    if (!choice.Takes(image)) {
      continue;
    }
    const absl::StatusOr<bool> removed =
        RemoveUnused(exchange.call(), images, uses, choice, image.id);
    if (!removed.ok()) {
      LogWarning("an image is not pruned",
                 {{"image", image.id}, {"error", removed.status().ToString()}});
    }
    if (!removed.value_or(false)) {
      continue;
    }
    for (const auto* names : {&image.repo_tags, &image.repo_digests}) {
      for (const std::string& name : *names) {
        deleted.push_back({{"Untagged", imageservice::FamiliarName(name)}});
      }
    }
    deleted.push_back({{"Deleted", image.id}});
  }
  const uint64_t after = images.Usage().used_bytes;
  const uint64_t reclaimed = before > after ? before - after : 0;
  events.Tell("image", "prune", "", {{"reclaimed", absl::StrCat(reclaimed)}});
  return FormatJson({{"ImagesDeleted", deleted.empty() ? Json() : std::move(deleted)},
                     {"SpaceReclaimed", reclaimed}});
}

}  // namespace berth::cri
