// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "imageservice/image/reference.h"

namespace berth::cri {

std::string JoinTag(const std::string& name, const std::string& tag) {
  absl::string_view bare = name;
  absl::ConsumeSuffix(&bare, ":");
  if (tag.empty()) {
    return std::string(bare);
  }
  return absl::StrCat(bare, absl::StrContains(tag, ":") ? "@" : ":", tag);
}

absl::Status NoSuchImage(const std::string& name) {
  const absl::StatusOr<imageservice::ImageReference> reference =
      imageservice::ImageReference::Parse(name);
  return absl::NotFoundError(absl::StrCat(
      "No such image: ", reference.ok() ? imageservice::FamiliarName(reference->str()) : name));
}

}  // namespace berth::cri
