// SPDX-License-Identifier: Apache-2.0
#include "imageservice/puller.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "imageservice/remote_image.h"

namespace berth::imageservice {
namespace {

// Equal for requests that may share one download: those that ask for the same thing as the same
// user. A digest, so that no secret stays in memory for longer than the request.
std::string FlightKey(const ImageReference& reference, const std::string& platform,
                      const Credentials& credentials) {
  const std::string name = reference.str();
  Sha256 hash;
  for (absl::string_view part :
       {absl::string_view(name), absl::string_view(platform),
        absl::string_view(credentials.username), absl::string_view(credentials.password.Reveal()),
        absl::string_view(credentials.auth.Reveal()), absl::string_view(credentials.server_address),
        absl::string_view(credentials.identity_token.Reveal()),
        absl::string_view(credentials.registry_token.Reveal())}) {
    hash.Update(absl::StrCat(part.size(), ":"));
    hash.Update(part);
  }
  return hash.Finish().str();
}

ImageRecord RecordOf(const ImageReference& reference, const ResolvedImage& image) {
  ImageRecord record = RecordWithoutNames(image);
  record.names.push_back({reference.WithDigest(image.target), image.target});
  // Whoever names a digest has not asked what the tag beside it means.
  if (!reference.digest().has_value()) {
    record.names.push_back({reference.tagged_name(), image.target});
  }
  return record;
}

}  // namespace

absl::StatusOr<std::string> Puller::Pull(const Call& call, const PullRequest& request) {
  ASSIGN_OR_RETURN(ImageReference reference, ImageReference::Parse(request.reference));
  const std::string& platform = request.platform.empty() ? options_.platform : request.platform;
  std::string key = FlightKey(reference, platform, request.credentials);
  std::optional<Listeners::iterator> listener;
  if (request.progress != nullptr) {
    absl::MutexLock lock(&listeners_mutex_);
    listener = listeners_.emplace(key, &request.progress);
  }
  absl::Cleanup stop_listening = [this, &listener] {
    if (listener.has_value()) {
      absl::MutexLock lock(&listeners_mutex_);
      listeners_.erase(*listener);
    }
  };
  return flights_.Run(call, key, [&](const Call& flight) {
    return Run(flight, reference, platform, request.credentials, key);
  });
}

absl::StatusOr<std::vector<std::string>> Puller::ListTags(const Call& call,
                                                          const PullRequest& request) {
  ASSIGN_OR_RETURN(const ImageReference reference, ImageReference::Parse(request.reference));
  ASSIGN_OR_RETURN(const std::unique_ptr<RegistryClient> registry,
                   registries_(options_.registry, reference, request.credentials));
  return registry->ListTags(call);
}

absl::StatusOr<RemoteImage> Puller::Describe(const Call& call, const PullRequest& request) const {
  ASSIGN_OR_RETURN(const ImageReference reference, ImageReference::Parse(request.reference));
  ASSIGN_OR_RETURN(const std::unique_ptr<RegistryClient> registry,
                   registries_(options_.registry, reference, request.credentials));
  return DescribeRemote(call, *registry, reference.tag_or_digest());
}

absl::StatusOr<std::string> Puller::Run(const Call& call, const ImageReference& reference,
                                        const std::string& platform_name,
                                        const Credentials& credentials, const std::string& key) {
  RETURN_IF_ERROR(AwaitTurn(call, reference.host()));
  absl::Cleanup end_turn = [this, &reference] { EndTurn(reference.host()); };
  absl::Time start = SteadyNow();
  absl::StatusOr<std::string> id = [&]() -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(Platform platform, ParsePlatform(platform_name));
    ASSIGN_OR_RETURN(std::unique_ptr<RegistryClient> registry,
                     registries_(options_.registry, reference, credentials));
    return Install(call, *registry, reference, platform,
                   [this, &key](const PullProgress& progress) { Tell(key, progress); });
  }();
  if (!id.ok()) {
    // What is whole stays for the next attempt, but not when there is no room.
    LogIfError(absl::IsResourceExhausted(id.status()) ? parts_.collector.Collect()
                                                      : parts_.collector.EmptyTrash(),
               "leftovers of a failed pull stay for the collector");
  }
  Count(id.status(), SteadyNow() - start);
  if (!id.ok()) {
    return Annotate(id.status(), absl::StrCat("pull ", reference.str()));
  }
  LogInfo("image pulled", {{"image", reference.str()},
                           {"id", *id},
                           {"seconds", absl::StrCat(absl::ToDoubleSeconds(SteadyNow() - start))}});
  return id;
}

absl::StatusOr<std::string> Puller::Install(const Call& call, RegistryClient& registry,
                                            const ImageReference& reference,
                                            const Platform& platform,
                                            const ProgressReport& progress) {
  ASSIGN_OR_RETURN(ResolvedImage image, ResolveImage(call, registry, parts_.content,
                                                     reference.tag_or_digest(), platform));
  Lease lease = parts_.leases.Protect(NamesToLease(image));
  auto fetch = [&registry](const Call& job, const BlobSource& blob, const BytesSink& sink) {
    return registry.FetchBlob(job, blob, sink);
  };
  RETURN_IF_ERROR(parts_.installer.Install(call, image.layers, fetch, progress));
  RETURN_IF_ERROR(call.Check());
  const std::string id = image.id.str();
  RETURN_IF_ERROR(parts_.recorder.Record(RecordOf(reference, image), image.documents, image.config,
                                         {{ImageChange::Kind::kPulled, id, reference.str()}}));
  return id;
}

// A registry that is slow must not take the turns of all others.
absl::Status Puller::AwaitTurn(const Call& call, const std::string& host) {
  const int share = std::max(options_.max_pulls - 1, 1);
  absl::MutexLock lock(&mutex_);
  auto is_free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    auto from_host = pulling_from_.find(host);
    return pulling_ < options_.max_pulls &&
           (from_host == pulling_from_.end() || from_host->second < share);
  };
  RETURN_IF_ERROR(Await(mutex_, absl::Condition(&is_free), call));
  ++pulling_;
  ++pulling_from_[host];
  return absl::OkStatus();
}

void Puller::EndTurn(const std::string& host) {
  absl::MutexLock lock(&mutex_);
  --pulling_;
  if (--pulling_from_[host] == 0) {
    pulling_from_.erase(host);
  }
}

// Under the lock, so that nobody is told after its Pull has returned.
void Puller::Tell(const std::string& key, const PullProgress& progress) {
  absl::MutexLock lock(&listeners_mutex_);
  auto [begin, end] = listeners_.equal_range(key);
  for (auto listener = begin; listener != end; ++listener) {
    (*listener->second)(progress);
  }
}

void Puller::Count(const absl::Status& outcome, absl::Duration took) {
  std::string result = absl::AsciiStrToLower(absl::StatusCodeToString(outcome.code()));
  parts_.metrics.pulls.Add({{"result", result}}).Increment();
  if (outcome.ok()) {
    parts_.metrics.pull_seconds.Observe(absl::ToDoubleSeconds(took));
  }
}

}  // namespace berth::imageservice
