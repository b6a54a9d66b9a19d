// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_pull.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/engine_api/images/image_name.h"
#include "cri/engine_api/images/pull_report.h"
#include "cri/engine_api/images/registry_auth.h"
#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

using imageservice::Image;
using imageservice::ImageReference;
using imageservice::ImageStore;
using imageservice::PullRequest;

// The lines that a Docker pull ends with.
std::string LastLines(const Image& image, const ImageReference& reference, bool was_there) {
  std::string digest;
  for (const std::string& name : image.repo_digests) {
    if (absl::StartsWith(name, reference.repository() + "@")) {
      digest = name.substr(name.find('@') + 1);
    }
  }
  return absl::StrCat(
      StatusLine(absl::StrCat("Digest: ", digest)),
      StatusLine(absl::StrCat(
          "Status: ", was_there ? "Image is up to date for " : "Downloaded newer image for ",
          imageservice::FamiliarName(reference.str()))));
}

absl::Status PullOne(Exchange& exchange, ImageStore& images, PullRequest pull) {
  ASSIGN_OR_RETURN(const ImageReference reference, ImageReference::Parse(pull.reference));
  const absl::StatusOr<Image> before = images.Find(pull.reference);
  // The answer begins with the first line: until then a failure has a code of its own.
  bool has_begun = false;
  const auto write = [&](absl::string_view lines) {
    if (lines.empty()) {
      return;
    }
    if (!exchange.answered()) {
      exchange.Begin("application/json");
    }
    if (!std::exchange(has_begun, true)) {
      exchange.Write(
          StatusLine(absl::StrCat("Pulling from ", reference.path()), reference.tag_or_digest()));
    }
    exchange.Write(lines);
  };
  PullReport report(write);
  pull.progress = [&report](const imageservice::PullProgress& progress) { report.Tell(progress); };
  const absl::StatusOr<Image> image = images.Pull(exchange.call(), pull);
  report.Finish(image.ok());
  RETURN_IF_ERROR(image.status());
  write(LastLines(*image, reference, before.ok() && before->id == image->id));
  return absl::OkStatus();
}

}  // namespace

absl::Status PullImages(Exchange& exchange, ImageStore& images) {
  const EngineRequest& request = exchange.request();
  const std::string name = request.Query("fromImage");
  PullRequest pull;
  pull.reference = JoinTag(name, request.Query("tag"));
  pull.credentials = ReadRegistryAuth(request.Header("x-registry-auth"));
  pull.platform = request.Query("platform");
  if (!request.Query("tag").empty() || absl::StrContains(name, "@")) {
    return PullOne(exchange, images, pull);
  }
  ASSIGN_OR_RETURN(const ImageReference reference, ImageReference::Parse(name));
  ASSIGN_OR_RETURN(const std::vector<std::string> tags, images.ListTags(exchange.call(), pull));
  if (tags.empty()) {
    return absl::NotFoundError(absl::StrCat("repository ", name, " has no tags"));
  }
  for (const std::string& tag : tags) {
    pull.reference = absl::StrCat(reference.repository(), ":", tag);
    RETURN_IF_ERROR(PullOne(exchange, images, pull));
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
