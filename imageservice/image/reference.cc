// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/reference.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

constexpr absl::string_view kDefaultHost = "docker.io";
constexpr absl::string_view kDefaultTag = "latest";
constexpr size_t kMaxReferenceLength = 1024;
constexpr size_t kMaxHostLength = 255;
constexpr size_t kMaxPathLength = 255;
constexpr size_t kMaxTagLength = 128;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLowerAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z');
}
bool IsAlphanumeric(char c) {
  return IsLowerAlphanumeric(c) || (c >= 'A' && c <= 'Z');
}
bool IsHex(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

template <typename Predicate>
bool All(absl::string_view text, Predicate predicate) {
  for (char c : text) {
    if (!predicate(c)) {
      return false;
    }
  }
  return !text.empty();
}

// Runs of lower-case letters and digits, joined by ".", "_", "__" or any number of "-".
bool IsPathComponent(absl::string_view text) {
  size_t i = 0;
  while (true) {
    size_t start = i;
    while (i < text.size() && IsLowerAlphanumeric(text[i])) {
      ++i;
    }
    if (i == start) {
      return false;
    }
    if (i == text.size()) {
      return true;
    }
    if (text[i] == '-') {
      i = std::min(text.find_first_not_of('-', i), text.size());
    } else if (absl::StartsWith(text.substr(i), "__")) {
      i += 2;
    } else if (text[i] == '.' || text[i] == '_') {
      ++i;
    } else {
      return false;
    }
  }
}

bool IsPath(absl::string_view text) {
  for (absl::string_view component : absl::StrSplit(text, '/')) {
    if (!IsPathComponent(component)) {
      return false;
    }
  }
  return true;
}

bool IsDomainName(absl::string_view text) {
  for (absl::string_view label : absl::StrSplit(text, '.')) {
    if (label.empty() || label.front() == '-' || label.back() == '-' ||
        !All(label, [](char c) { return IsAlphanumeric(c) || c == '-'; })) {
      return false;
    }
  }
  return true;
}

// A name or an IPv6 address in brackets, with or without a port.
bool IsHost(absl::string_view text) {
  absl::string_view name = text;
  if (absl::ConsumePrefix(&name, "[")) {
    size_t end = name.find(']');
    if (end == absl::string_view::npos ||
        !All(name.substr(0, end), [](char c) { return IsHex(c) || c == ':'; })) {
      return false;
    }
    absl::string_view port = name.substr(end + 1);
    return port.empty() || (absl::ConsumePrefix(&port, ":") && All(port, IsDigit));
  }
  size_t colon = name.rfind(':');
  if (colon != absl::string_view::npos) {
    if (!All(name.substr(colon + 1), IsDigit)) {
      return false;
    }
    name = name.substr(0, colon);
  }
  return IsDomainName(name);
}

bool IsTag(absl::string_view text) {
  return text.size() <= kMaxTagLength &&
         All(text, [](char c) { return IsAlphanumeric(c) || c == '_' || c == '.' || c == '-'; }) &&
         text[0] != '.' && text[0] != '-';
}

// True when what stands before the first slash names a host, not a part of a path on Docker Hub.
bool LooksLikeHost(absl::string_view text) {
  return text == "localhost" || absl::StrContains(text, '.') || absl::StrContains(text, ':') ||
         absl::AsciiStrToLower(text) != text;
}

absl::Status Invalid(absl::string_view text, absl::string_view reason) {
  return absl::InvalidArgumentError(
      absl::StrCat("image reference \"", absl::CHexEscape(text.substr(0, 300)), "\": ", reason));
}

}  // namespace

absl::StatusOr<ImageReference> ImageReference::Parse(absl::string_view text) {
  if (text.empty()) {
    return absl::InvalidArgumentError("image reference is empty");
  }
  if (text.size() > kMaxReferenceLength) {
    return Invalid(text, "it is too long");
  }
  if (text.size() == 64 && All(text, IsHex) && absl::AsciiStrToLower(text) == text) {
    return Invalid(text, "64 hexadecimal digits are an id, not a name");
  }
  ImageReference reference;
  absl::string_view name = text;
  if (size_t at = name.find('@'); at != absl::string_view::npos) {
    absl::StatusOr<Digest> digest = Digest::Parse(name.substr(at + 1));
    if (!digest.ok()) {
      return Invalid(text, digest.status().message());
    }
    reference.digest_ = *std::move(digest);
    name = name.substr(0, at);
  }
  RETURN_IF_ERROR(reference.SplitName(text, name));
  if (reference.tag_.empty() && !reference.digest_.has_value()) {
    reference.tag_ = std::string(kDefaultTag);
  }
  return reference;
}

absl::Status ImageReference::SplitName(absl::string_view text, absl::string_view name) {
  absl::string_view host = kDefaultHost;
  absl::string_view path = name;
  if (size_t slash = name.find('/');
      slash != absl::string_view::npos && LooksLikeHost(name.substr(0, slash))) {
    host = name.substr(0, slash);
    path = name.substr(slash + 1);
  }
  if (size_t colon = path.find(':'); colon != absl::string_view::npos) {
    tag_ = std::string(path.substr(colon + 1));
    path = path.substr(0, colon);
    if (!IsTag(tag_)) {
      return Invalid(text, "the tag is not 1 to 128 of [A-Za-z0-9_.-]");
    }
  }
  if (host == "index.docker.io") {
    host = kDefaultHost;
  }
  if (!IsHost(host) || host.size() > kMaxHostLength) {
    return Invalid(text, "the part before the first slash is not a host");
  }
  if (absl::AsciiStrToLower(path) != path) {
    return Invalid(text, "the name must be in lower case");
  }
  if (!IsPath(path)) {
    return Invalid(text, "the name is not words of [a-z0-9] joined by [._/-]");
  }
  host_ = std::string(host);
  path_ = host == kDefaultHost && !absl::StrContains(path, '/') ? absl::StrCat("library/", path)
                                                                : std::string(path);
  if (path_.size() > kMaxPathLength) {
    return Invalid(text, "the name is longer than 255 characters");
  }
  return absl::OkStatus();
}

std::string ImageReference::repository() const {
  return absl::StrCat(host_, "/", path_);
}

std::string ImageReference::tagged_name() const {
  return tag_.empty() ? std::string() : absl::StrCat(repository(), ":", tag_);
}

std::string ImageReference::str() const {
  return absl::StrCat(repository(), tag_.empty() ? "" : ":", tag_, digest_.has_value() ? "@" : "",
                      digest_.has_value() ? digest_->str() : "");
}

std::string ImageReference::tag_or_digest() const {
  return digest_.has_value() ? digest_->str() : tag_;
}

std::string ImageReference::WithDigest(const Digest& digest) const {
  return absl::StrCat(repository(), "@", digest.str());
}

// The digest says more than the tag beside it.
std::string ImageReference::recorded_name() const {
  return digest_.has_value() ? WithDigest(*digest_) : tagged_name();
}

std::string FamiliarName(absl::string_view reference) {
  if (absl::ConsumePrefix(&reference, "docker.io/")) {
    absl::ConsumePrefix(&reference, "library/");
  }
  return std::string(reference);
}

}  // namespace berth::imageservice
