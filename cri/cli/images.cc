// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/images.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/call.h"
#include "base/json.h"
#include "base/status.h"
#include "base/time_text.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"
#include "imageservice/image/reference.h"
#include "imageservice/registry/docker_config.h"

namespace berth::cli {
namespace {

constexpr char kNone[] = "<none>";

std::string CreatedIn(const v1::ImageStatusResponse& status) {
  return JsonString(JsonObject(InfoIn(status), "imageSpec"), "created").value_or("");
}

}  // namespace

absl::StatusOr<v1::ImageStatusResponse> FindImage(const Client& client, const std::string& name) {
  ASSIGN_OR_RETURN(v1::ImageStatusResponse found, client.ImageStatus(name));
  if (!found.has_image()) {
    ASSIGN_OR_RETURN(
        const v1::ListImagesResponse all,
        client.Call(&Client::Images::ListImages, v1::ListImagesRequest(), "listing images"));
    return NoSuchImage(name, all);
  }
  return found;
}

absl::Status NoSuchImage(absl::string_view name, const v1::ListImagesResponse& all) {
  std::vector<std::string> meant;
  for (const v1::Image& image : all.images()) {
    if (absl::StartsWith(absl::StripPrefix(image.id(), "sha256:"),
                         absl::StripPrefix(name, "sha256:"))) {
      const ImageName first = NamesOf(image).front();
      meant.push_back(
          absl::StrCat(first.repository, ":", first.tag, " (", ShortId(image.id()), ")"));
    }
  }
  if (meant.size() > 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("\"", name, "\" means several images: ", absl::StrJoin(meant, ", "),
                     "; give more of the id"));
  }
  return absl::NotFoundError(absl::StrCat("No such image: ", name));
}

std::vector<std::string> OwnEnvironment() {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  return environment;
}

absl::StatusOr<imageservice::Credentials> CredentialsFor(const std::string& name) {
  ASSIGN_OR_RETURN(const imageservice::ImageReference reference,
                   imageservice::ImageReference::Parse(name));
  return imageservice::FindCredentials(Call::WithTimeout(kHelperTimeout), reference,
                                       OwnEnvironment());
}

void KeepChosen(const berth::Json& chosen, bool by_name, v1::ListImagesResponse& list) {
  std::map<std::string, std::set<std::string>> names;  // familiar ones, by id
  for (const berth::Json& image : chosen) {
    std::set<std::string>& of_image = names[JsonString(image, "Id").value_or("")];
    for (const berth::Json& name : JsonArray(image, "RepoTags")) {
      of_image.insert(name.is_string() ? name.get<std::string>() : "");
    }
  }
  auto& images = *list.mutable_images();
  images.erase(std::remove_if(images.begin(), images.end(),
                              [&](const v1::Image& image) { return names.count(image.id()) == 0; }),
               images.end());
  for (v1::Image& image : images) {
    if (!by_name) {
      break;
    }
    auto& tags = *image.mutable_repo_tags();
    const std::set<std::string>& wanted = names[image.id()];
    tags.erase(std::remove_if(tags.begin(), tags.end(),
                              [&](const std::string& tag) {
                                return wanted.count(imageservice::FamiliarName(tag)) == 0;
                              }),
               tags.end());
  }
}

void KeepNamed(const std::string& name, v1::ListImagesResponse& list) {
  const absl::StatusOr<imageservice::ImageReference> reference =
      imageservice::ImageReference::Parse(name);
  const std::string tag = SplitTag(name).second;
  const auto is_other = [&](const std::string& tagged) {
    const size_t colon = tagged.rfind(':');
    return !reference.ok() || reference->digest().has_value() ||
           tagged.substr(0, colon) != reference->repository() ||
           (!tag.empty() && tagged.substr(colon + 1) != tag);
  };
  auto& images = *list.mutable_images();
  for (v1::Image& image : images) {
    auto& tags = *image.mutable_repo_tags();
    tags.erase(std::remove_if(tags.begin(), tags.end(), is_other), tags.end());
  }
  images.erase(std::remove_if(images.begin(), images.end(),
                              [](const v1::Image& image) { return image.repo_tags().empty(); }),
               images.end());
}

absl::StatusOr<std::vector<ImageView>> ViewImages(const Client& client,
                                                  const v1::ListImagesResponse& list) {
  std::vector<ImageView> views;
  for (const v1::Image& image : list.images()) {
    ASSIGN_OR_RETURN(const v1::ImageStatusResponse status, client.ImageStatus(image.id()));
    if (status.has_image()) {
      views.push_back({status.image(), CreatedIn(status)});
      *views.back().image.mutable_repo_tags() = image.repo_tags();
    }
  }
  std::stable_sort(views.begin(), views.end(), [](const ImageView& a, const ImageView& b) {
    return a.created_at() > b.created_at();
  });
  return views;
}

absl::Time ImageView::created_at() const {
  absl::Time time;
  const bool is_said = absl::ParseTime(absl::RFC3339_full, created, &time, nullptr);
  return is_said && time > absl::UnixEpoch() ? time : absl::InfinitePast();
}

std::string DigestIn(const v1::Image& image, absl::string_view repository) {
  for (const std::string& entry : image.repo_digests()) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(entry, absl::MaxSplits('@', 1));
    if (parts.first == repository) {
      return parts.second;
    }
  }
  return "";
}

std::vector<ImageName> NamesOf(const v1::Image& image) {
  std::vector<ImageName> names;
  for (const std::string& tagged : image.repo_tags()) {
    const size_t colon = tagged.rfind(':');
    const std::string repository = tagged.substr(0, colon);
    names.push_back({imageservice::FamiliarName(repository), tagged.substr(colon + 1),
                     DigestIn(image, repository)});
  }
  if (names.empty() && !image.repo_digests().empty()) {
    const std::string& entry = image.repo_digests(0);
    const std::string repository = entry.substr(0, entry.find('@'));
    names.push_back({imageservice::FamiliarName(repository), kNone, DigestIn(image, repository)});
  } else if (names.empty()) {
    names.push_back({kNone, kNone, ""});
  }
  return names;
}

std::string AgeText(absl::Time created, absl::Time now) {
  return created == absl::InfinitePast() ? "N/A"
                                         : absl::StrCat(HumanDuration(now - created), " ago");
}

}  // namespace berth::cli
