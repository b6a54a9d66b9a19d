// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/registry_client.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/status.h"
#include "imageservice/image/manifest.h"
#include "imageservice/registry/blob_transfer.h"
#include "imageservice/registry/host_session.h"
#include "imageservice/registry/http_error.h"
#include "imageservice/registry/redirect.h"
#include "imageservice/registry/tag_page.h"
#include "imageservice/registry/try_in_turn.h"

namespace berth::imageservice {
namespace {

// Everything at the end, so that what we cannot use is refused by us, with a reason.
constexpr char kManifestTypes[] =
    "application/vnd.oci.image.index.v1+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json, */*;q=0.1";

constexpr int kAttemptsToReach = 2;              // a server, at the first question
constexpr uint64_t kWorthANewStart = 256 << 10;  // bytes after which failures count from zero again

// Content-Type without parameters. Servers of plain files do not know the type; then the document's
// own word is all there is.
std::string MediaTypeOf(const HttpResponse& response) {
  std::string type(FindHeader(response.headers, "Content-Type").value_or(""));
  type = absl::AsciiStrToLower(absl::StripAsciiWhitespace(type.substr(0, type.find(';'))));
  if (IsIndexType(type) || IsManifestType(type)) {
    return type;
  }
  if (type.empty() || type == "application/json" || type == "application/octet-stream" ||
      type == "text/plain") {
    absl::StatusOr<Json> document = ParseJson(response.body, kMaxManifestSize);
    if (document.ok()) {
      return JsonString(*document, "mediaType").value_or(type);
    }
  }
  return type;
}

absl::Status CheckDigest(const HttpResponse& response, absl::string_view asked,
                         const Digest& digest) {
  absl::string_view claimed = FindHeader(response.headers, "Docker-Content-Digest").value_or("");
  auto lie = [&](absl::string_view expected) {
    return absl::DataLossError(absl::StrCat(response.url.authority(), ": the manifest's digest is ",
                                            digest.str(), ", not ", expected));
  };
  if (absl::StrContains(asked, ':') && asked != digest.str()) {
    return lie(asked);
  }
  if (absl::StartsWith(claimed, "sha256:") && claimed != digest.str()) {
    return lie("what the server calls it");
  }
  return absl::OkStatus();
}

class DistributionClient : public RegistryClient {
 public:
  DistributionClient(const RegistryOptions& options, std::vector<RegistryHost> hosts,
                     const std::string& repository, const Login& login)
      : options_(options), repository_(repository), http_(ProxySettings::FromEnvironment()) {
    for (RegistryHost& host : hosts) {
      sessions_.push_back(
          std::make_unique<HostSession>(http_, clock_, std::move(host), login,
                                        absl::StrCat("repository:", repository_, ":pull")));
    }
  }

  absl::StatusOr<std::optional<ManifestHead>> HeadManifest(
      const Call& call, absl::string_view tag_or_digest) override;
  absl::StatusOr<Manifest> FetchManifest(const Call& call,
                                         absl::string_view tag_or_digest) override;
  absl::StatusOr<std::vector<std::string>> ListTags(const Call& call) override;
  absl::Status FetchBlob(const Call& call, const BlobSource& blob, const BytesSink& sink) override;

 private:
  // A question to one server: about a manifest by its tag or digest, or about the tags after one.
  template <typename Answer>
  using Question = absl::StatusOr<Answer> (DistributionClient::*)(const Call& call,
                                                                  HostSession& session,
                                                                  absl::string_view subject,
                                                                  absl::Time since);

  std::vector<HostSession*> SessionsThat(bool RegistryHost::*may) const;
  template <typename Answer>
  absl::StatusOr<Answer> AskInTurn(const Call& call, absl::string_view subject,
                                   Question<Answer> ask);
  absl::StatusOr<HostRequest> ManifestRequest(absl::string_view tag_or_digest,
                                              absl::Time since) const;
  absl::StatusOr<std::optional<ManifestHead>> HeadManifestFrom(const Call& call,
                                                               HostSession& session,
                                                               absl::string_view tag_or_digest,
                                                               absl::Time since);
  absl::StatusOr<Manifest> FetchManifestFrom(const Call& call, HostSession& session,
                                             absl::string_view tag_or_digest, absl::Time since);
  absl::StatusOr<TagPage> TagsAfterFrom(const Call& call, HostSession& session,
                                        absl::string_view last, absl::Time since);
  // What is still to come of a blob: `Request` is HostRequest or HttpRequest.
  template <typename Request>
  absl::StatusOr<Request> BlobRequest(BlobTransfer& transfer) const;
  absl::Status FetchBlobFrom(const Call& call, HostSession& session, const BlobSource& blob,
                             BlobTransfer& transfer);
  absl::Status FetchForeignBlob(const Call& call, const std::string& url, BlobTransfer& transfer);
  absl::StatusOr<absl::Duration> Patience(absl::Time last_progress) const;

  const RegistryOptions options_;
  const std::string repository_;
  SteadyClock clock_;
  HttpClient http_;
  std::vector<std::unique_ptr<HostSession>> sessions_;
  std::atomic<bool> has_reached_ = false;  // some server
};

std::vector<HostSession*> DistributionClient::SessionsThat(bool RegistryHost::*may) const {
  std::vector<HostSession*> sessions;
  for (const std::unique_ptr<HostSession>& session : sessions_) {
    if (session->host().*may) {
      sessions.push_back(session.get());
    }
  }
  return sessions;
}

// How long the next answer may keep silent: a part of what the whole may, so that a dead connection
// is replaced before the time is up.
absl::StatusOr<absl::Duration> DistributionClient::Patience(absl::Time last_progress) const {
  constexpr int kConnectionsWithinTimeout = 4;
  absl::Duration left = last_progress + options_.progress_timeout - SteadyNow();
  if (left <= absl::ZeroDuration()) {
    return absl::DeadlineExceededError(
        absl::StrCat("no progress for ", absl::FormatDuration(options_.progress_timeout)));
  }
  return std::min(left, options_.progress_timeout / kConnectionsWithinTimeout);
}

template <typename Answer>
absl::StatusOr<Answer> DistributionClient::AskInTurn(const Call& call, absl::string_view subject,
                                                     Question<Answer> ask) {
  const bool is_digest = absl::StrContains(subject, ':');
  const std::vector<HostSession*> sessions =
      SessionsThat(is_digest ? &RegistryHost::can_pull : &RegistryHost::can_resolve);
  RetrySchedule schedule(options_.retry);
  absl::StatusOr<Answer> answer = absl::UnknownError("nobody asked");
  const absl::Time start = SteadyNow();
  std::vector<int> misses(sessions.size());
  RETURN_IF_ERROR(TryInTurn(call, sessions.size(), schedule, [&](size_t i) {
    answer = (this->*ask)(call, *sessions[i], subject, start);
    if (!IsUnreachable(answer.status())) {
      has_reached_ = true;
    } else if (++misses[i] == kAttemptsToReach && !has_reached_) {
      return Lasting(answer.status());
    }
    return answer.status();
  }));
  return answer;
}

absl::StatusOr<HostRequest> DistributionClient::ManifestRequest(absl::string_view tag_or_digest,
                                                                absl::Time since) const {
  HostRequest request;
  request.path = absl::StrCat(repository_, "/manifests/", tag_or_digest);
  request.headers.push_back({"Accept", kManifestTypes});
  request.max_body = kMaxManifestSize;
  ASSIGN_OR_RETURN(request.stall_timeout, Patience(since));
  return request;
}

absl::StatusOr<std::optional<ManifestHead>> DistributionClient::HeadManifest(
    const Call& call, absl::string_view tag_or_digest) {
  return AskInTurn(call, tag_or_digest, &DistributionClient::HeadManifestFrom);
}

absl::StatusOr<std::optional<ManifestHead>> DistributionClient::HeadManifestFrom(
    const Call& call, HostSession& session, absl::string_view tag_or_digest, absl::Time since) {
  ASSIGN_OR_RETURN(HostRequest request, ManifestRequest(tag_or_digest, since));
  request.method = "HEAD";
  ASSIGN_OR_RETURN(HttpResponse response, session.Send(call, request));
  if (response.status == 405 || response.status == 501) {  // it knows no HEAD
    return std::optional<ManifestHead>();
  }
  if (response.status != 200) {
    return HttpError(response);
  }
  absl::StatusOr<Digest> digest =
      Digest::Parse(FindHeader(response.headers, "Docker-Content-Digest").value_or(""));
  if (!digest.ok()) {
    return std::optional<ManifestHead>();
  }
  RETURN_IF_ERROR(CheckDigest(response, tag_or_digest, *digest));
  return ManifestHead{MediaTypeOf(response), *std::move(digest)};
}

absl::StatusOr<Manifest> DistributionClient::FetchManifest(const Call& call,
                                                           absl::string_view tag_or_digest) {
  return AskInTurn(call, tag_or_digest, &DistributionClient::FetchManifestFrom);
}

absl::StatusOr<Manifest> DistributionClient::FetchManifestFrom(const Call& call,
                                                               HostSession& session,
                                                               absl::string_view tag_or_digest,
                                                               absl::Time since) {
  ASSIGN_OR_RETURN(HostRequest request, ManifestRequest(tag_or_digest, since));
  ASSIGN_OR_RETURN(HttpResponse response, session.Send(call, request));
  if (response.status != 200) {
    return HttpError(response);
  }
  Digest digest = Digest::OfBytes(response.body);
  RETURN_IF_ERROR(CheckDigest(response, tag_or_digest, digest));
  return Manifest{.media_type = MediaTypeOf(response),
                  .digest = std::move(digest),
                  .bytes = std::move(response.body)};
}

absl::StatusOr<std::vector<std::string>> DistributionClient::ListTags(const Call& call) {
  std::vector<std::string> tags;
  TagPage page;
  do {
    const std::string last = tags.empty() ? "" : tags.back();
    ASSIGN_OR_RETURN(page, AskInTurn(call, last, &DistributionClient::TagsAfterFrom));
    tags.insert(tags.end(), page.tags.begin(), page.tags.end());
    if (tags.size() > kMaxListedTags) {
      return absl::ResourceExhaustedError(
          absl::StrCat(repository_, " has more than ", kMaxListedTags, " tags"));
    }
  } while (page.has_next);
  return tags;
}

absl::StatusOr<TagPage> DistributionClient::TagsAfterFrom(const Call& call, HostSession& session,
                                                          absl::string_view last,
                                                          absl::Time since) {
  HostRequest request;
  request.path =
      absl::StrCat(repository_, "/tags/list?n=", kTagsOfPage, last.empty() ? "" : "&last=", last);
  request.max_body = kMaxTagPage;
  ASSIGN_OR_RETURN(request.stall_timeout, Patience(since));
  ASSIGN_OR_RETURN(const HttpResponse response, session.Send(call, request));
  return response.status == 200 ? ReadTagPage(response) : HttpError(response);
}

absl::Status DistributionClient::FetchBlob(const Call& call, const BlobSource& blob,
                                           const BytesSink& sink) {
  const std::vector<HostSession*> sessions = SessionsThat(&RegistryHost::can_pull);
  RetrySchedule schedule(options_.retry);
  BlobTransfer transfer(blob, sink, SteadyNow());
  auto attempt = [&](size_t i) -> absl::Status {
    RETURN_IF_ERROR(transfer.sink_error());  // no other server can help
    const uint64_t before = transfer.delivered();
    absl::Status status = i < sessions.size()
                              ? FetchBlobFrom(call, *sessions[i], blob, transfer)
                              : FetchForeignBlob(call, blob.urls[i - sessions.size()], transfer);
    if (transfer.delivered() - before >= kWorthANewStart) {
      schedule.Reset();
    }
    return status;
  };
  absl::Status status = TryInTurn(call, sessions.size() + blob.urls.size(), schedule, attempt);
  return transfer.sink_error().ok() ? status : transfer.sink_error();
}

template <typename Request>
absl::StatusOr<Request> DistributionClient::BlobRequest(BlobTransfer& transfer) const {
  Request request;
  if (std::string range = transfer.Range(); !range.empty()) {
    request.headers.push_back({"Range", std::move(range)});
  }
  ASSIGN_OR_RETURN(request.stall_timeout, Patience(transfer.last_progress()));
  request.sink = [&transfer](const HttpResponse& head, absl::string_view bytes) {
    return transfer.Take(head, bytes);
  };
  return request;
}

absl::Status DistributionClient::FetchBlobFrom(const Call& call, HostSession& session,
                                               const BlobSource& blob, BlobTransfer& transfer) {
  ASSIGN_OR_RETURN(HostRequest request, BlobRequest<HostRequest>(transfer));
  request.path = absl::StrCat(repository_, "/blobs/", blob.digest.str());
  transfer.StartAnswer();
  ASSIGN_OR_RETURN(HttpResponse response, session.Send(call, request));
  return transfer.FinishAnswer(response);
}

// A layer that its maker keeps elsewhere, at an address that a manifest names: nothing of ours goes
// there, and nothing is asked of servers without TLS, which could be any of this network's.
absl::Status DistributionClient::FetchForeignBlob(const Call& call, const std::string& url,
                                                  BlobTransfer& transfer) {
  ASSIGN_OR_RETURN(HttpRequest request, BlobRequest<HttpRequest>(transfer));
  ASSIGN_OR_RETURN(request.url, Url::Parse(url));
  if (!request.url.is_https()) {
    return absl::PermissionDeniedError(
        absl::StrCat(request.url.authority(), ": a foreign layer's address without TLS"));
  }
  request.https_only = true;
  transfer.StartAnswer();
  ASSIGN_OR_RETURN(HttpResponse response, SendFollowingRedirects(http_, call, std::move(request)));
  return transfer.FinishAnswer(response);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RegistryClient>> NewRegistryClient(const RegistryOptions& options,
                                                                  const ImageReference& reference,
                                                                  const Credentials& credentials) {
  ASSIGN_OR_RETURN(Login login, ChooseLogin(credentials, reference.host()));
  ASSIGN_OR_RETURN(std::vector<RegistryHost> hosts,
                   LoadRegistryHosts(options.registry_dirs, reference.host()));
  return std::make_unique<DistributionClient>(options, std::move(hosts), reference.path(), login);
}

}  // namespace berth::imageservice
