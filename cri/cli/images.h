// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/json.h"
#include "cri/cli/client.h"
#include "imageservice/registry/credentials.h"

namespace berth::cli {

// The image that `name` means: a tag, a digest, or the beginning of an id. NotFound;
// FailedPrecondition when it is the beginning of several ids, naming the images.
absl::StatusOr<v1::ImageStatusResponse> FindImage(const Client& client, const std::string& name);

// What to say of a name that means none of `all`, or begins the ids of several. Pure.
absl::Status NoSuchImage(absl::string_view name, const v1::ListImagesResponse& all);

// The environment of this program, as KEY=value.
std::vector<std::string> OwnEnvironment();

inline constexpr absl::Duration kHelperTimeout = absl::Minutes(1);  // of a credential helper

// What docker's and podman's own files know about the registry of the image `name`.
absl::StatusOr<imageservice::Credentials> CredentialsFor(const std::string& name);

// Takes away the images that are not in the Engine API's list `chosen`; where `by_name`, also the
// names of them that are not. Pure.
void KeepChosen(const berth::Json& chosen, bool by_name, v1::ListImagesResponse& list);

// Takes away what `name` does not name: with a tag all other names, else those of other
// repositories, and images of which none is left. Pure.
void KeepNamed(const std::string& name, v1::ListImagesResponse& list);

struct ImageView {
  v1::Image image;
  std::string created;  // RFC 3339, as its configuration says; empty when it does not

  // InfinitePast when it does not say.
  absl::Time created_at() const;
};

// With what the list lacks, the newest first; names are the list's. Images that go away meanwhile
// are left out.
absl::StatusOr<std::vector<ImageView>> ViewImages(const Client& client,
                                                  const v1::ListImagesResponse& list);

// The digest by which that repository's registry knows the image; empty when that is not known.
// Pure.
std::string DigestIn(const v1::Image& image, absl::string_view repository);

struct ImageName {
  std::string repository;  // as docker shows it
  std::string tag;
  std::string digest;
};

// One a tag; one with the tag "<none>" for an image without tags. Pure.
std::vector<ImageName> NamesOf(const v1::Image& image);

// "3 days ago", "N/A" of InfinitePast. Pure.
std::string AgeText(absl::Time created, absl::Time now);

}  // namespace berth::cli
