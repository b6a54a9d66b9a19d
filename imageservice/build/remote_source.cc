// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/remote_source.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/plain_name.h"
#include "base/status.h"
#include "imageservice/registry/url.h"

namespace berth::imageservice {
namespace {

constexpr char kUnnamed[] = "__unnamed__";
constexpr absl::string_view kSsh = "ssh://";
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

bool IsSsh(absl::string_view word) {
  return absl::StartsWith(word, kSsh) || absl::StartsWith(word, "git@");
}

// "ssh://[user@]host[:port]/path" or "git@host:path"; none of its parts is an option to anybody.
absl::Status CheckSshAddress(absl::string_view address) {
  absl::string_view rest = address;
  const bool is_url = absl::ConsumePrefix(&rest, kSsh);
  const size_t end = rest.find(is_url ? '/' : ':');
  absl::string_view host = rest.substr(0, end);
  const size_t at = host.find('@');
  const absl::string_view user = at == absl::string_view::npos ? "git" : host.substr(0, at);
  host = at == absl::string_view::npos ? host : host.substr(at + 1);
  const std::pair<absl::string_view, absl::string_view> port =
      absl::StrSplit(host, absl::MaxSplits(':', 1));
  int number = 0;
  const bool has_port = absl::StrContains(host, ':');
  const absl::string_view path = end == absl::string_view::npos ? "" : rest.substr(end + 1);
  const bool is_right =
      IsPlainName(user) && IsPlainName(port.first) && !path.empty() && path.front() != '-' &&
      (!has_port || (absl::SimpleAtoi(port.second, &number) && number > 0 && number <= 65535)) &&
      absl::c_all_of(path, [](char c) {
        return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '\'' && c != '\\';
      });
  return is_right ? absl::OkStatus()
                  : absl::InvalidArgumentError(absl::StrCat(
                        "a repository by ssh is ssh://[USER@]HOST[:PORT]/PATH or git@HOST:PATH, "
                        "without a password"));
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
  return IsWeb(word) || absl::StartsWith(word, "git://") || IsSsh(word);
}

absl::StatusOr<RemoteSource> ParseRemoteSource(absl::string_view word,
                                               const std::map<std::string, std::string>& agents) {
  const std::pair<std::string, absl::string_view> parts =
      absl::StrSplit(word, absl::MaxSplits('#', 1));
  RemoteSource source;
  source.url = parts.first;
  if (IsSsh(word)) {
    source.kind = RemoteSource::Kind::kRepository;
    RETURN_IF_ERROR(CheckSshAddress(parts.first));
    RETURN_IF_ERROR(ReadFragment(parts.second, source));
    const auto agent = agents.find(kUsualAgent);
    if (agent == agents.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          parts.first, ": a repository by ssh needs an agent with its key: berth build --ssh ",
          kUsualAgent, " (docker's classic build brings none)"));
    }
    source.agent = agent->second;
    return source;
  }
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
