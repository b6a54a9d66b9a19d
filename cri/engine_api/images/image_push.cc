// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_push.h"

#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/short_id.h"
#include "base/status.h"
#include "cri/engine_api/image_platform.h"
#include "cri/engine_api/images/image_events.h"
#include "cri/engine_api/images/pull_report.h"
#include "cri/engine_api/images/registry_auth.h"
#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

using imageservice::ImageReference;
using imageservice::PushProgress;

constexpr absl::Duration kBetweenLines = absl::Milliseconds(100);  // of one layer

// The full names to push, in order. Docker tells a tag that is not here from a repository of which
// nothing is.
absl::StatusOr<std::vector<std::string>> TagsOf(const imageservice::ImageStore& images,
                                                const ImageReference& reference, bool all) {
  std::vector<std::string> tags;
  for (const imageservice::Image& image : images.List()) {
    for (const std::string& name : image.repo_tags) {
      if (absl::StartsWith(name, reference.repository() + ":")) {
        tags.push_back(name);
      }
    }
  }
  if (tags.empty()) {
    return absl::NotFoundError(absl::StrCat("An image does not exist locally with the tag: ",
                                            imageservice::FamiliarName(reference.repository())));
  }
  if (all) {
    return tags;
  }
  const std::string wanted = reference.tagged_name();
  if (!absl::c_linear_search(tags, wanted)) {
    return absl::NotFoundError(
        absl::StrCat("tag does not exist: ", imageservice::FamiliarName(wanted)));
  }
  return std::vector<std::string>{wanted};
}

std::string LastLines(const std::string& tag, const imageservice::PushedImage& pushed) {
  const Json aux = {{"progressDetail", Json::object()},
                    {"aux", {{"Tag", tag}, {"Digest", pushed.digest}, {"Size", pushed.size}}}};
  return absl::StrCat(
      StatusLine(absl::StrCat(tag, ": digest: ", pushed.digest, " size: ", pushed.size)),
      FormatJson(aux), "\r\n");
}

}  // namespace

void PushReport::Tell(const PushProgress& progress) {
  const std::string id = ShortId(progress.layer);
  switch (progress.stage) {
    case PushProgress::Stage::kWaiting:
      return write_(ProgressLine("Preparing", id, 0, 0));
    case PushProgress::Stage::kExisted:
      return write_(ProgressLine("Layer already exists", id, 0, 0));
    case PushProgress::Stage::kMounted:
      return write_(ProgressLine(absl::StrCat("Mounted from ", progress.from), id, 0, 0));
    case PushProgress::Stage::kSent:
      return write_(ProgressLine("Pushed", id, 0, 0));
    case PushProgress::Stage::kSending:
      break;
  }
  {
    absl::MutexLock lock(&mutex_);
    absl::Time& said = said_.emplace(progress.layer, absl::InfinitePast()).first->second;
    if (SteadyNow() - said < kBetweenLines) {
      return;
    }
    said = SteadyNow();
  }
  write_(ProgressLine("Pushing", id, progress.current, progress.total));
}

absl::Status PushImage(Exchange& exchange, imageservice::ImageStore& images, EventHub& events,
                       const std::string& name) {
  const std::string tag = exchange.request().Query("tag");
  ASSIGN_OR_RETURN(const ImageReference reference,
                   ImageReference::Parse(tag.empty() ? name : absl::StrCat(name, ":", tag)));
  if (reference.digest().has_value()) {
    return absl::InvalidArgumentError("cannot push a digest reference");
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> names, TagsOf(images, reference, tag.empty()));
  for (const std::string& full : names) {
    ASSIGN_OR_RETURN(const imageservice::Image image, images.Find(full));
    RETURN_IF_ERROR(CheckIsOf(exchange.request(), "platform", full, image));
  }
  exchange.Begin("application/json");
  exchange.Write(
      StatusLine(absl::StrCat("The push refers to repository [", reference.repository(), "]")));
  PushReport report([&exchange](absl::string_view lines) { exchange.Write(lines); });
  for (const std::string& full : names) {
    imageservice::PushRequest push;
    push.reference = full;
    push.credentials = ReadRegistryAuth(exchange.request().Header("x-registry-auth"));
    push.progress = [&report](const PushProgress& progress) { report.Tell(progress); };
    ASSIGN_OR_RETURN(const imageservice::PushedImage pushed, images.Push(exchange.call(), push));
    TellOfReference(events, "push", full);
    exchange.Write(LastLines(full.substr(full.rfind(':') + 1), pushed));
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
