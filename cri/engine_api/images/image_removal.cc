// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_removal.h"

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
  const std::string meant = reference->recorded_name();
  const bool is_there = absl::c_linear_search(image.repo_tags, meant) ||
                        absl::c_linear_search(image.repo_digests, meant);
  return is_there ? std::optional(meant) : std::nullopt;
}

absl::Status Conflict(absl::string_view what, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat("conflict: unable to ", what, " - ", why));
}

// Whether the image goes when one name does.
bool HasOneName(const imageservice::Image& image) {
  std::set<std::string> repositories;
  for (const std::string& tag : image.repo_tags) {
    repositories.insert(Repository(tag));
  }
  return image.repo_tags.size() <= 1 && repositories.size() <= 1;
}

absl::StatusOr<ImageRemoval> PlanByName(const imageservice::Image& image, absl::string_view name,
                                        const std::string& meant, bool force,
                                        const ImageUsers& users) {
  const std::string& user = users.running.empty() ? users.stopped : users.running;
  if (HasOneName(image) && !user.empty() && !force) {
    return Conflict(absl::StrCat("remove repository reference \"", name, "\" (must force)"),
                    absl::StrCat("container ", ShortId(user), " is using its referenced image ",
                                 ShortId(image.id)));
  }
  ImageRemoval removal;
  removal.names.push_back(meant);
  const std::string repository = Repository(meant);
  const auto stays = [&](const std::string& each) {
    return each != meant && Repository(each) == repository;
  };
  const bool keeps_digests = absl::c_any_of(image.repo_tags, stays);
  for (const std::string& digest : image.repo_digests) {
    if (!keeps_digests && stays(digest)) {
      removal.names.push_back(digest);
    }
  }
  const size_t names = image.repo_tags.size() + image.repo_digests.size();
  removal.removes_image = removal.names.size() == names && user.empty();
  return removal;
}

absl::StatusOr<ImageRemoval> PlanById(const imageservice::Image& image, bool force,
                                      const ImageUsers& users) {
  const std::string what = absl::StrCat("delete ", ShortId(image.id));
  if (!HasOneName(image) && !force) {
    return Conflict(what + " (must be forced)", "image is referenced in multiple repositories");
  }
  if (!users.running.empty()) {
    return Conflict(what + " (cannot be forced)", absl::StrCat("image is being used by running "
                                                               "container ",
                                                               ShortId(users.running)));
  }
  if (!users.stopped.empty() && !force) {
    return Conflict(what + " (must be forced)", absl::StrCat("image is being used by stopped "
                                                             "container ",
                                                             ShortId(users.stopped)));
  }
  ImageRemoval removal;
  absl::c_copy(image.repo_tags, std::back_inserter(removal.names));
  absl::c_copy(image.repo_digests, std::back_inserter(removal.names));
  removal.removes_image = users.stopped.empty();  // which could not start again
  return removal.names.empty() && !removal.removes_image
             ? Conflict(what + " (cannot be forced)",
                        absl::StrCat("it has no name, and stopped container ",
                                     ShortId(users.stopped), " needs it to start again"))
             : absl::StatusOr<ImageRemoval>(std::move(removal));
}

}  // namespace

absl::StatusOr<ImageRemoval> PlanRemoval(const imageservice::Image& image, absl::string_view name,
                                         bool force, const ImageUsers& users) {
  const std::optional<std::string> meant = MeantName(image, name);
  return meant.has_value() ? PlanByName(image, name, *meant, force, users)
                           : PlanById(image, force, users);
}

}  // namespace berth::cri
