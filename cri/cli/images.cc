// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/images.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/json.h"
#include "base/status.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"

namespace berth::cli {
namespace {

constexpr char kNone[] = "<none>";
constexpr size_t kMaxInfo = 4 << 20;

// The digest by which the registry knows it.
std::string DigestOf(const v1::Image& image) {
  if (image.repo_digests().empty()) {
    return "";
  }
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(image.repo_digests(0), absl::MaxSplits('@', 1));
  return parts.second;
}

std::string CreatedIn(const v1::ImageStatusResponse& status) {
  const auto info = status.info().find("info");
  if (info == status.info().end()) {
    return "";
  }
  const absl::StatusOr<berth::Json> json = ParseJson(info->second, kMaxInfo);
  return json.ok() ? JsonString(JsonObject(*json, "imageSpec"), "created").value_or("") : "";
}

absl::StatusOr<v1::Image> Present(const Client& client, const std::string& name) {
  ASSIGN_OR_RETURN(const v1::ImageStatusResponse found, client.ImageStatus(name));
  if (!found.has_image()) {
    return absl::NotFoundError(absl::StrCat("No such image: ", name));
  }
  return found.image();
}

}  // namespace

absl::StatusOr<PulledImage> PullImage(const Client& client, const std::string& name) {
  const absl::StatusOr<v1::Image> before = Present(client, name);
  v1::PullImageRequest request;
  request.mutable_image()->set_image(name);
  ASSIGN_OR_RETURN(const v1::PullImageResponse response,
                   client.Call(&Client::Images::PullImage, request, absl::StrCat("pulling ", name),
                               absl::InfiniteDuration()));
  PulledImage pulled;
  ASSIGN_OR_RETURN(pulled.image, Present(client, response.image_ref()));
  pulled.changed = !before.ok() || before->id() != pulled.image.id();
  return pulled;
}

std::string PullReport(const std::string& name, const PulledImage& pulled) {
  const std::string digest = DigestOf(pulled.image);
  return absl::StrCat(
      digest.empty() ? "" : absl::StrCat("Digest: ", digest, "\n"),
      pulled.changed ? "Status: Downloaded newer image for " : "Status: Image is up to date for ",
      name, "\n", pulled.image.id(), "\n");
}

absl::StatusOr<v1::Image> EnsureImage(const Client& client, const std::string& name,
                                      const std::string& policy) {
  if (policy != "always") {
    absl::StatusOr<v1::Image> present = Present(client, name);
    if (present.ok() || policy == "never" || !absl::IsNotFound(present.status())) {
      return present;
    }
  }
  ASSIGN_OR_RETURN(const PulledImage pulled, PullImage(client, name));
  return pulled.image;
}

absl::StatusOr<std::vector<ImageView>> ViewImages(const Client& client,
                                                  const v1::ListImagesResponse& list) {
  std::vector<ImageView> views;
  for (const v1::Image& image : list.images()) {
    ASSIGN_OR_RETURN(const v1::ImageStatusResponse status, client.ImageStatus(image.id()));
    if (status.has_image()) {
      views.push_back({status.image(), CreatedIn(status)});
    }
  }
  return views;
}

std::vector<ImageName> NamesOf(const v1::Image& image) {
  std::vector<ImageName> names;
  const std::string digest = DigestOf(image);
  for (const std::string& tagged : image.repo_tags()) {
    const size_t colon = tagged.rfind(':');
    names.push_back({FamiliarName(tagged.substr(0, colon)), tagged.substr(colon + 1), digest});
  }
  if (names.empty()) {
    std::string repository = kNone;
    if (!image.repo_digests().empty()) {
      repository = FamiliarName(image.repo_digests(0).substr(0, image.repo_digests(0).find('@')));
    }
    names.push_back({repository, kNone, digest});
  }
  return names;
}

std::string AgeText(absl::string_view rfc3339, absl::Time now) {
  absl::Time created;
  if (!absl::ParseTime(absl::RFC3339_full, rfc3339, &created, nullptr) ||
      created <= absl::UnixEpoch()) {
    return "N/A";
  }
  return absl::StrCat(HumanDuration(now - created), " ago");
}

}  // namespace berth::cli
