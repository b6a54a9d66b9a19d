// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/registry_uploader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "imageservice/image/manifest.h"
#include "imageservice/registry/host_session.h"
#include "imageservice/registry/http_error.h"
#include "imageservice/registry/registry_config.h"
#include "imageservice/registry/try_in_turn.h"

namespace berth::imageservice {
namespace {

constexpr uint64_t kChunk = 32 << 20;  // for servers that take no whole blob

// What a server has of an upload, by its answer: Range: 0-99. "0-0" is said of nothing, too.
uint64_t ReceivedBytes(const HttpResponse& response) {
  const std::vector<absl::string_view> range =
      absl::StrSplit(FindHeader(response.headers, "Range").value_or(""), '-');
  uint64_t last = 0;
  return range.size() == 2 && absl::SimpleAtoi(range[1], &last) && last > 0 ? last + 1 : 0;
}

// One blob on its way, over as many sessions as it takes. For one thread.
class BlobSession {
 public:
  BlobSession(HostSession& host, const RegistryOptions& options, const std::string& repository,
              const BlobUpload& blob)
      : host_(host), options_(options), repository_(repository), blob_(blob) {}

  // One attempt.
  absl::Status Run(const Call& call) {
    ASSIGN_OR_RETURN(const bool exists, Exists(call));
    if (exists) {
      outcome_ = sent_any_ ? BlobOutcome::kSent : BlobOutcome::kExisted;
      return absl::OkStatus();
    }
    if (location_.has_value()) {
      RETURN_IF_ERROR(FindOutWhatCame(call));
    }
    if (!location_.has_value()) {
      RETURN_IF_ERROR(Begin(call));
    }
    while (outcome_ == std::nullopt) {
      RETURN_IF_ERROR(Send(call));
    }
    return absl::OkStatus();
  }

  BlobOutcome outcome() const { return *outcome_; }

 private:
  HostRequest Request(absl::string_view method, absl::string_view path) const {
    HostRequest request;
    request.method = std::string(method);
    request.path = absl::StrCat(repository_, path);
    request.stall_timeout = options_.progress_timeout;
    return request;
  }

  absl::StatusOr<bool> Exists(const Call& call) {
    ASSIGN_OR_RETURN(
        const HttpResponse response,
        host_.Send(call, Request("HEAD", absl::StrCat("/blobs/", blob_.digest.str()))));
    if (response.status == 200) {
      return true;
    }
    return response.status == 404 ? absl::StatusOr<bool>(false) : HttpError(response);
  }

  absl::Status Begin(const Call& call) {
    const std::string mount = blob_.mount_from.empty() ? ""
                                                       : absl::StrCat("?mount=", blob_.digest.str(),
                                                                      "&from=", blob_.mount_from);
    ASSIGN_OR_RETURN(const HttpResponse response,
                     host_.Send(call, Request("POST", absl::StrCat("/blobs/uploads/", mount))));
    if (response.status == 201 && !mount.empty()) {
      outcome_ = BlobOutcome::kMounted;
      return absl::OkStatus();
    }
    offset_ = 0;
    return response.status == 202 ? Follow(response) : HttpError(response);
  }

  absl::Status Follow(const HttpResponse& response) {
    absl::StatusOr<Url> next =
        response.url.Resolve(FindHeader(response.headers, "Location").value_or(""));
    if (!next.ok()) {
      return Annotate(next.status(), absl::StrCat(response.url.authority(), ": upload"));
    }
    if (response.url.is_https() && !next->is_https()) {
      return absl::PermissionDeniedError(
          absl::StrCat(response.url.authority(), " wants the upload without TLS"));
    }
    location_ = *std::move(next);
    return absl::OkStatus();
  }

  // A server that does not know the upload any more, or not as it was, gets another.
  absl::Status FindOutWhatCame(const Call& call) {
    HostRequest request = Request("GET", "");
    request.url = *std::exchange(location_, std::nullopt);
    ASSIGN_OR_RETURN(const HttpResponse response, host_.Send(call, request));
    if (response.status != 204) {
      return absl::OkStatus();
    }
    offset_ = std::min(ReceivedBytes(response), blob_.size);
    return Follow(response);
  }

  absl::Status Send(const Call& call) {
    if (offset_ == 0 && !in_chunks_) {
      return Finish(call, blob_.size);
    }
    return offset_ < blob_.size ? SendChunk(call) : Finish(call, 0);
  }

  HostRequest ContentRequest(absl::string_view method, uint64_t size) {
    HostRequest request = Request(method, "");
    request.url = location_;
    request.headers.push_back({"Content-Type", "application/octet-stream"});
    sent_any_ = true;
    if (size > 0) {
      request.upload = {.file = blob_.file, .offset = offset_, .size = size};
      if (blob_.sent != nullptr) {
        request.upload->sent = [this](uint64_t bytes) { blob_.sent(offset_ + bytes); };
      }
    }
    return request;
  }

  absl::Status Finish(const Call& call, uint64_t rest) {
    HostRequest request = ContentRequest("PUT", rest);
    absl::StrAppend(&request.url->target, absl::StrContains(request.url->target, '?') ? "&" : "?",
                    "digest=", blob_.digest.str());
    ASSIGN_OR_RETURN(const HttpResponse response, host_.Send(call, request));
    if (response.status == 201 || response.status == 204) {
      outcome_ = BlobOutcome::kSent;
      return absl::OkStatus();
    }
    if (response.status == 413 && !std::exchange(in_chunks_, true)) {
      location_ = std::nullopt;
      return Begin(call);
    }
    return HttpError(response);
  }

  absl::Status SendChunk(const Call& call) {
    const uint64_t left = blob_.size - offset_;
    const uint64_t size = in_chunks_ ? std::min(left, kChunk) : left;
    HostRequest request = ContentRequest("PATCH", size);
    request.headers.push_back({"Content-Range", absl::StrCat(offset_, "-", offset_ + size - 1)});
    ASSIGN_OR_RETURN(const HttpResponse response, host_.Send(call, request));
    if (response.status != 202 && response.status != 204) {
      return HttpError(response);
    }
    offset_ += size;
    return Follow(response);
  }

  HostSession& host_;
  const RegistryOptions& options_;
  const std::string& repository_;
  const BlobUpload& blob_;
  std::optional<Url> location_;  // of the upload
  uint64_t offset_ = 0;          // what the server has of it
  bool in_chunks_ = false;
  bool sent_any_ = false;
  std::optional<BlobOutcome> outcome_;
};

class DistributionUploader : public RegistryUploader {
 public:
  DistributionUploader(const RegistryOptions& options, RegistryHost host,
                       const std::string& repository, const Login& login)
      : options_(options),
        repository_(repository),
        http_(ProxySettings::FromEnvironment()),
        host_(http_, clock_, std::move(host), login,
              absl::StrCat("repository:", repository, ":pull,push")) {}

  absl::StatusOr<BlobOutcome> PutBlob(const Call& call, const BlobUpload& blob) override {
    BlobSession session(host_, options_, repository_, blob);
    RetrySchedule schedule(options_.retry);
    RETURN_IF_ERROR(TryInTurn(call, 1, schedule, [&](size_t) { return session.Run(call); }));
    return session.outcome();
  }

  absl::Status PutManifest(const Call& call, absl::string_view tag_or_digest,
                           absl::string_view media_type, absl::string_view bytes) override {
    HostRequest request;
    request.method = "PUT";
    request.path = absl::StrCat(repository_, "/manifests/", tag_or_digest);
    request.headers.push_back({"Content-Type", std::string(media_type)});
    request.body = std::string(bytes);
    request.stall_timeout = options_.progress_timeout;
    RetrySchedule schedule(options_.retry);
    return TryInTurn(call, 1, schedule, [&](size_t) -> absl::Status {
      ASSIGN_OR_RETURN(const HttpResponse response, host_.Send(call, request));
      return response.status == 201 || response.status == 200 ? absl::OkStatus()
                                                              : HttpError(response);
    });
  }

 private:
  const RegistryOptions options_;
  const std::string repository_;
  SteadyClock clock_;
  HttpClient http_;
  HostSession host_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RegistryUploader>> NewRegistryUploader(
    const RegistryOptions& options, const ImageReference& reference,
    const Credentials& credentials) {
  ASSIGN_OR_RETURN(const Login login, ChooseLogin(credentials, reference.host()));
  ASSIGN_OR_RETURN(RegistryHost host, LoadPushHost(options.registry_dirs, reference.host()));
  return std::make_unique<DistributionUploader>(options, std::move(host), reference.path(), login);
}

}  // namespace berth::imageservice
