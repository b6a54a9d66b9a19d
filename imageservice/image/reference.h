// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/digest.h"

namespace berth::imageservice {

// A normalised image name: docker.io/library/nginx:1.27@sha256:…
class ImageReference {
 public:
  // Reads what a Docker user writes: "nginx", "host:5000/a/b:tag", "a@sha256:…", "a:tag@sha256:…".
  // "nginx" is docker.io/library/nginx:latest; index.docker.io is docker.io. InvalidArgument,
  // naming what is wrong, for anything outside the grammar (upper case, a 64-hex bare name, a path
  // over 255 bytes).
  static absl::StatusOr<ImageReference> Parse(absl::string_view text);

  const std::string& host() const { return host_; }  // docker.io, localhost:5000
  const std::string& path() const { return path_; }  // library/nginx
  const std::string& tag() const { return tag_; }    // empty when only a digest was given
  const std::optional<Digest>& digest() const { return digest_; }

  std::string repository() const;     // docker.io/library/nginx
  std::string tagged_name() const;    // repository:tag, empty without a tag
  std::string str() const;            // all of it
  std::string tag_or_digest() const;  // what to ask the registry for; the digest wins
  std::string WithDigest(const Digest& digest) const;  // repository@digest
  std::string recorded_name() const;  // of an image: by the digest, else by the tag

 private:
  ImageReference() = default;
  absl::Status SplitName(absl::string_view text, absl::string_view name);

  std::string host_;
  std::string path_;
  std::string tag_;
  std::optional<Digest> digest_;
};

// A normalised name as Docker shows it: docker.io/library/nginx:1 is nginx:1. Other hosts stay.
// Pure.
std::string FamiliarName(absl::string_view reference);

}  // namespace berth::imageservice
