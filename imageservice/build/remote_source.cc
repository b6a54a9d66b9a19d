// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/remote_source.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/path.h"
#include "base/status.h"
#include "imageservice/registry/url.h"

namespace berth::imageservice {
namespace {

constexpr char kUnnamed[] = "__unnamed__";
constexpr size_t kMaxReference = 255;

bool IsReference(absl::string_view text) {
  return text.size() <= kMaxReference && text.front() != '-' && text.front() != '+' &&
         !absl::StrContains(text, "..") && absl::c_all_of(text, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::StrContains("._/@+-", absl::string_view(&c, 1));
         });
}

bool IsWeb(absl::string_view word) {
  return absl::StartsWith(word, "http://") || absl::StartsWith(word, "https://");
}

// The scheme does not matter to who checks the rest.
absl::StatusOr<Url> ParseAddress(absl::string_view text) {
  const std::string web = absl::StartsWith(text, "git://") ? absl::StrCat("http://", text.substr(6))
                                                           : std::string(text);
  absl::StatusOr<Url> url = Url::Parse(web);
  return url.ok() ? url : Annotate(url.status(), text.substr(0, text.find('?')));
}

absl::Status ReadFragment(absl::string_view fragment, RemoteSource& source) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(fragment, absl::MaxSplits(':', 1));
  if (!parts.first.empty() && !IsReference(parts.first)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", parts.first, "\" is no branch, tag or commit"));
  }
  if (HasDotDot(parts.second) || HasNul(parts.second)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", parts.second, "\" leads out of the repository"));
  }
  source.reference = parts.first.empty() ? "HEAD" : parts.first;
  source.subdirectory = CleanPath(absl::StrCat("/", parts.second)).substr(1);
  return absl::OkStatus();
}

}  // namespace

bool IsRemote(absl::string_view word) {
  return IsWeb(word) || absl::StartsWith(word, "git://") || absl::StartsWith(word, "ssh://") ||
         absl::StartsWith(word, "git@");
}

absl::StatusOr<RemoteSource> ParseRemoteSource(absl::string_view word) {
  if (absl::StartsWith(word, "ssh://") || absl::StartsWith(word, "git@")) {
    return absl::UnimplementedError(
        absl::StrCat(word, ": repositories by ssh are not there yet; use https"));
  }
  const std::pair<std::string, absl::string_view> parts =
      absl::StrSplit(word, absl::MaxSplits('#', 1));
  RemoteSource source;
  source.url = parts.first;
  ASSIGN_OR_RETURN(const Url url, ParseAddress(parts.first));
  const absl::string_view path = absl::string_view(url.target).substr(0, url.target.find('?'));
  if (!IsWeb(word) || absl::EndsWith(path, ".git")) {
    source.kind = RemoteSource::Kind::kRepository;
    RETURN_IF_ERROR(ReadFragment(parts.second, source));
    return source;
  }
  source.name = std::string(BaseName(path));
  if (source.name.empty() || source.name == "." || source.name == "..") {
    source.name = kUnnamed;
  }
  return source;
}

}  // namespace berth::imageservice
