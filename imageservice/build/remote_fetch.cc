// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/remote_fetch.h"

#include <fcntl.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/digest.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/removal.h"
#include "imageservice/build/git_checkout.h"
#include "imageservice/content/headroom.h"
#include "imageservice/registry/http_error.h"
#include "imageservice/registry/redirect.h"
#include "imageservice/registry/remote_stream.h"

namespace berth::imageservice {
namespace {

constexpr int kOk = 200;
constexpr int kNotModified = 304;
constexpr mode_t kMode = 0600;  // as Docker gives it

timespec LastModified(const HttpResponse& response) {
  absl::Time time;
  const absl::string_view text = FindHeader(response.headers, "Last-Modified").value_or("");
  return absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", text, &time, nullptr)
             ? timespec{absl::ToUnixSeconds(time), 0}
             : timespec{0, 0};
}

absl::Status CheckSum(const std::string& wanted, const std::string& found) {
  return wanted.empty() || wanted == found
             ? absl::OkStatus()
             : absl::InvalidArgumentError(absl::StrCat("digest mismatch ", found, ": ", wanted));
}

std::string Text(const HttpResponse& response, absl::string_view header) {
  return std::string(FindHeader(response.headers, header).value_or(""));
}

// No time is asked by: a file that was replaced may have that of the one before it.
std::vector<HttpHeader> Conditions(const UrlNote* known) {
  return known == nullptr ? std::vector<HttpHeader>()
                          : std::vector<HttpHeader>{{"If-None-Match", known->etag}};
}

absl::StatusOr<RemoteTree> FetchFile(const Call& call, HttpClient& http, const RemoteSource& source,
                                     const std::string& directory, const UrlNote* known) {
  const std::string path = JoinPath(directory, source.name);
  ASSIGN_OR_RETURN(
      const sys::Fd file,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, kMode), path));
  Sha256 hash;
  uint64_t size = 0;
  HttpRequest request;
  ASSIGN_OR_RETURN(request.url, Url::Parse(source.url));
  request.headers = Conditions(known);
  request.sink = [&](const HttpResponse&, absl::string_view bytes) -> absl::Status {
    size += bytes.size();
    if (size > kMaxRemoteFile) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kMaxRemoteFile, " bytes, which is the most there may be"));
    }
    RETURN_IF_ERROR(CheckHeadroom(file.get()));
    hash.Update(bytes);
    return ToStatus(sys::WriteAll(file.get(), bytes.data(), bytes.size()), path);
  };
  ASSIGN_OR_RETURN(const HttpResponse response,
                   SendFollowingRedirects(http, call, std::move(request)));
  RemoteTree tree;
  if (response.status == kNotModified && known != nullptr) {
    tree.path = source.name;
    tree.digest = known->digest;
    tree.is_unchanged = true;
    return tree;
  }
  if (response.status != kOk) {
    return HttpError(response);
  }
  tree.etag = Text(response, "ETag");
  tree.path = source.name;
  tree.made_at = LastModified(response);
  tree.digest = hash.Finish().str();
  return tree;
}

}  // namespace

absl::StatusOr<RemoteTree> FetchRemote(const Call& call, HttpClient& http,
                                       const RemoteSource& source, const std::string& checksum,
                                       const std::string& directory, bool keeps_git,
                                       const UrlNote* known) {
  if (source.kind == RemoteSource::Kind::kRepository) {
    RemoteTree tree;
    ASSIGN_OR_RETURN(tree.commit, CheckOut(call, source, directory));
    RETURN_IF_ERROR(CheckSum(checksum, tree.commit));
    if (!keeps_git) {
      const std::string git = JoinPath(directory, ".git");
      RETURN_IF_ERROR(ToStatus(sys::RemoveTree(AT_FDCWD, git.c_str()), git));
    }
    tree.path = source.subdirectory;
    return tree;
  }
  absl::StatusOr<RemoteTree> tree = FetchFile(call, http, source, directory, known);
  RETURN_IF_ERROR(Annotate(tree.status(), source.url));
  RETURN_IF_ERROR(CheckSum(checksum, tree->digest));
  return tree;
}

}  // namespace berth::imageservice
