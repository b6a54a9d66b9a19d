// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/image_removal.h"

#include <optional>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/short_id.h"
#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

std::string Repository(const std::string& name) {
  const size_t at = name.find('@');
  return name.substr(0, at != std::string::npos ? at : name.rfind(':'));
}

// The name of the image that was meant; nothing when it was meant by its id.
std::optional<std::string> MeantName(const imageservice::Image& image, absl::string_view name) {
  const absl::StatusOr<imageservice::ImageReference> reference =
      imageservice::ImageReference::Parse(name);
  if (!reference.ok()) {
    return std::nullopt;
  }
  const std::string meant = reference->digest().has_value()
                                ? reference->WithDigest(*reference->digest())
                                : reference->tagged_name();
  const bool is_there = absl::c_linear_search(image.repo_tags, meant) ||
                        absl::c_linear_search(image.repo_digests, meant);
  return is_there ? std::optional(meant) : std::nullopt;
}

absl::Status Conflict(absl::string_view what, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat("conflict: unable to ", what, " - ", why));
}

}  // namespace

absl::StatusOr<ImageRemoval> PlanRemoval(const imageservice::Image& image, absl::string_view name,
                                         bool force, const std::vector<std::string>& users) {
  ImageRemoval removal;
  const std::optional<std::string> meant = MeantName(image, name);
  std::set<std::string> repositories;
  for (const std::string& tag : image.repo_tags) {
    repositories.insert(Repository(tag));
  }
  if (meant.has_value() && image.repo_tags.size() > 1 &&
      absl::c_linear_search(image.repo_tags, *meant)) {
    removal.names.push_back(*meant);
    const std::string repository = Repository(*meant);
    const bool is_last = absl::c_count_if(image.repo_tags, [&](const std::string& tag) {
                           return Repository(tag) == repository;
                         }) == 1;
    for (const std::string& digest : image.repo_digests) {
      if (is_last && Repository(digest) == repository) {
        removal.names.push_back(digest);
      }
    }
    return removal;
  }
  if (!meant.has_value() && repositories.size() > 1 && !force) {
    return Conflict(absl::StrCat("delete ", ShortId(image.id), " (must be forced)"),
                    "image is referenced in multiple repositories");
  }
  if (!users.empty() && !force) {
    return Conflict(absl::StrCat("delete ", ShortId(image.id), " (must be forced)"),
                    absl::StrCat("container ", ShortId(users.front()), " is using the image"));
  }
  absl::c_copy(image.repo_tags, std::back_inserter(removal.names));
  absl::c_copy(image.repo_digests, std::back_inserter(removal.names));
  removal.removes_image = true;
  return removal;
}

}  // namespace berth::cri
