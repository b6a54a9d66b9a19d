// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/builder.h"

#include <fcntl.h>

#include <map>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"

#include "base/directory.h"
#include "base/file.h"
#include "base/path.h"
#include "base/random_id.h"
#include "base/short_id.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "imageservice/build/build_context.h"
#include "imageservice/build/build_limits.h"
#include "imageservice/build/dockerfile_parser.h"
#include "imageservice/build/secret_place.h"
#include "imageservice/build/stage_plan.h"
#include "imageservice/build/stage_pool.h"
#include "imageservice/build/step_key.h"
#include "imageservice/image/platform.h"
#include "imageservice/image/reference.h"

namespace berth::imageservice {
namespace {

constexpr size_t kIdBytes = 8;
constexpr int64_t kMaxEpoch = 253'402'300'799;  // the end of 9999: RFC 3339 knows no more
constexpr absl::Duration kMaxShrinkWait = absl::Minutes(1);  // for others who prune

// A build's own directory, which goes with it.
class WorkDirectory {
 public:
  static absl::StatusOr<WorkDirectory> Make(const std::string& path) {
    RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, path.c_str(), 0700), path));
    return WorkDirectory(path);
  }
  WorkDirectory(WorkDirectory&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  WorkDirectory& operator=(WorkDirectory&&) = delete;
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;
  ~WorkDirectory() {
    if (!path_.empty()) {
      LogIfError(ToStatus(sys::RemoveTree(AT_FDCWD, path_.c_str()), path_),
                 "a build's directory stays");
    }
  }

  const std::string& path() const { return path_; }

 private:
  explicit WorkDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

absl::StatusOr<std::optional<WorkDirectory>> MakeSecretDirectory(const BuildRequest& request,
                                                                 const std::string& place,
                                                                 const std::string& id) {
  if (request.secrets.empty()) {
    return std::nullopt;
  }
  if (place.empty()) {
    return absl::FailedPreconditionError("the node has no tmpfs to hold a build's secrets");
  }
  ASSIGN_OR_RETURN(WorkDirectory directory, WorkDirectory::Make(place + id));
  return std::optional<WorkDirectory>(std::move(directory));
}

absl::StatusOr<std::string> ReadDockerfileText(const ContextSource& source,
                                               const BuildContext& context,
                                               const std::string& name) {
  if (source.dockerfile.has_value()) {
    return *source.dockerfile;
  }
  absl::StatusOr<std::string> text = ReadTreeFile(context.tree, name, kMaxDockerfile);
  if (absl::IsNotFound(text.status())) {
    return absl::InvalidArgumentError(absl::StrCat("Cannot locate specified Dockerfile: ", name));
  }
  return text;
}

absl::StatusOr<std::optional<int64_t>> ReadEpoch(const VariableMap& arguments) {
  const auto found = arguments.find("SOURCE_DATE_EPOCH");
  if (found == arguments.end() || found->second.empty()) {
    return std::nullopt;
  }
  int64_t epoch = 0;
  if (!absl::SimpleAtoi(found->second, &epoch) || epoch < 0 || epoch > kMaxEpoch) {
    return absl::InvalidArgumentError(absl::StrCat("invalid SOURCE_DATE_EPOCH: ", found->second));
  }
  return epoch;
}

// Where an error of a step is, as an excerpt.
std::string ExcerptOf(const absl::Status& error, const BuildRequest& request,
                      absl::string_view text) {
  const absl::optional<absl::Cord> payload = error.GetPayload(kFailedLines);
  if (!payload.has_value()) {
    return "";
  }
  const std::pair<std::string, std::string> lines = absl::StrSplit(std::string(*payload), '-');
  int first = 0;
  int last = 0;
  if (!absl::SimpleAtoi(lines.first, &first) || !absl::SimpleAtoi(lines.second, &last)) {
    return "";
  }
  return SourceExcerpt(request.dockerfile, text, first, last);
}

// An id has at least the digits that are shown of it: `b` is the name of an image, whatever the
// ids are that begin with it.
absl::StatusOr<Image> FindBase(const ImageStore& images, const std::string& name) {
  if (name.size() < kShortIdDigits) {
    if (const absl::StatusOr<ImageReference> reference = ImageReference::Parse(name);
        reference.ok()) {
      return images.Find(reference->str());
    }
  }
  return images.Find(name);
}

// Base images by name and platform, each fetched once a build.
class BaseImages {
 public:
  BaseImages(const Call& call, const BuildRequest& request, ImageStore& images, ImageAuthor& author,
             const Say& say)
      : call_(call), request_(request), images_(images), author_(author), say_(say) {}

  absl::StatusOr<StageState> Get(const std::string& name, const std::string& platform) {
    absl::MutexLock lock(&mutex_);
    const auto found = states_.find({name, platform});
    if (found != states_.end()) {
      return found->second;
    }
    ASSIGN_OR_RETURN(StageState state, Fetch(name, platform));
    states_.emplace(std::make_pair(name, platform), state);
    return state;
  }

 private:
  absl::StatusOr<StageState> Fetch(const std::string& name, const std::string& platform) {
    ASSIGN_OR_RETURN(const Platform wanted, ParsePlatform(platform));
    absl::StatusOr<Image> image = FindBase(images_, name);
    if (request_.pull || !image.ok() || image->os != wanted.os ||
        image->architecture != wanted.architecture) {
      say_(absl::StrCat("Pulling ", name, "\n"));
      PullRequest pull;
      pull.reference = name;
      pull.platform = platform;
      if (request_.credentials != nullptr) {
        pull.credentials = request_.credentials(name);
      }
      image = images_.Pull(call_, pull);
    }
    RETURN_IF_ERROR(image.status());
    if (image->os != wanted.os || image->architecture != wanted.architecture) {
      say_(absl::StrCat("[Warning] ", name, " is of ", image->os, "/", image->architecture,
                        ", not of ", platform, ": so is what is built on it\n"));
    }
    ASSIGN_OR_RETURN(const std::string config, images_.Config(image->id));
    ASSIGN_OR_RETURN(ImageDraft draft, ImageDraft::On(config));
    ASSIGN_OR_RETURN(std::vector<AuthoredLayer> layers, author_.LayersOf(call_, image->id));
    return StageState{std::move(draft), std::move(layers)};
  }

  const Call& call_;
  const BuildRequest& request_;
  ImageStore& images_;
  ImageAuthor& author_;
  const Say& say_;
  absl::Mutex mutex_;  // held while an image is fetched: two stages want the same
  std::map<std::pair<std::string, std::string>, StageState> states_;
};

void SayWarnings(const std::vector<std::string>& warnings, const Say& say) {
  for (const std::string& warning : warnings) {
    say(absl::StrCat("[Warning] ", warning, "\n"));
  }
}

void SayUnused(const std::vector<std::string>& arguments, const Say& say) {
  if (!arguments.empty()) {
    say(absl::StrCat("[Warning] One or more build-args [", absl::StrJoin(arguments, " "),
                     "] were not consumed\n"));
  }
}

absl::StatusOr<Image> Compose(const Call& call, const BuildJob& job, StageState state) {
  for (const auto& [name, value] : job.request.labels) {
    state.draft.SetLabel(name, value);
  }
  return job.author.Compose(call, {.config = state.draft.Format(),
                                   .layers = std::move(state.layers),
                                   .names = job.request.names});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Builder>> Builder::Open(const BuilderOptions& options,
                                                       ImageStore& images, StepRunner& runner) {
  const std::string directory = JoinPath(options.root, "build");
  RETURN_IF_ERROR(EnsureDirectories(directory + "/mounts", 0700));
  const std::string work = directory + "/work";
  ASSIGN_OR_RETURN(const sys::Fd builds, OpenOrMakeDirectory(AT_FDCWD, work, 0700));
  LogIfError(Annotate(EmptyDirectory(builds.get()), work), "what a build has left stays");
  LogIfError(CacheMounts::EmptyTrash(directory + "/mounts"),
             "pruned cache mounts still occupy the disk");
  ASSIGN_OR_RETURN(std::unique_ptr<BuildCache> cache,
                   BuildCache::Open(directory + "/cache.db", options.cache_bytes, images));
  ASSIGN_OR_RETURN(std::unique_ptr<UrlNotes> urls, UrlNotes::Open(directory + "/urls.db"));
  ASSIGN_OR_RETURN(std::string secrets, OpenSecretPlace(options.state, options.root));
  return std::unique_ptr<Builder>(new Builder(directory, std::move(secrets), options.platform,
                                              options.cache_bytes, images, runner, std::move(cache),
                                              std::move(urls)));
}

Builder::Builder(std::string directory, std::string secret_place, std::string platform,
                 uint64_t cache_bytes, ImageStore& images, StepRunner& runner,
                 std::unique_ptr<BuildCache> cache, std::unique_ptr<UrlNotes> urls)
    : directory_(std::move(directory)),
      secret_place_(std::move(secret_place)),
      platform_(std::move(platform)),
      images_(images),
      runner_(runner),
      cache_(std::move(cache)),
      urls_(std::move(urls)),
      cache_mounts_(directory_ + "/mounts", cache_bytes),
      http_(ProxySettings::FromEnvironment()) {}

size_t Builder::FailedStepOf(const absl::Status& error) {
  const absl::optional<absl::Cord> payload = error.GetPayload(kFailedStep);
  size_t step = 0;
  return payload.has_value() && absl::SimpleAtoi(std::string(*payload), &step) ? step : 0;
}

// After a build, whose client may have gone.
void Builder::ShrinkMounts() {
  LogIfError(cache_mounts_.Shrink(Call::WithTimeout(kMaxShrinkWait)),
             "cache mounts have more than they may");
}

absl::StatusOr<Image> Builder::Build(const Call& call, const BuildRequest& request,
                                     const ContextSource& source, const Say& say) {
  const absl::Cleanup shrink = [this] { ShrinkMounts(); };
  const std::string id = RandomHex(kIdBytes);
  ASSIGN_OR_RETURN(const WorkDirectory work,
                   WorkDirectory::Make(absl::StrCat(directory_, "/work/", id)));
  ASSIGN_OR_RETURN(const std::optional<WorkDirectory> secrets,
                   MakeSecretDirectory(request, secret_place_, id));
  ASSIGN_OR_RETURN(BuildContext context, MakeContext(call, http_, request, source, work.path()));
  ASSIGN_OR_RETURN(const auto text, ReadDockerfileText(source, context, request.dockerfile));
  ASSIGN_OR_RETURN(const Dockerfile file, ParseDockerfile(text));
  ASSIGN_OR_RETURN(const IgnoreFile ignore, ReadIgnoreFile(context.tree, request.dockerfile));
  // Once nobody waits all is hidden, so that what still looks ends soon.
  context.tree.Hide([&ignore, &call](absl::string_view path, bool is_directory) {
    return call.cancelled() || (ignore.Ignores(path) && !(is_directory && ignore.TakesBack()));
  });
  ASSIGN_OR_RETURN(const std::optional<int64_t> epoch, ReadEpoch(request.arguments));
  const std::string platform = request.platform.empty() ? platform_ : request.platform;
  ASSIGN_OR_RETURN(const GlobalScope scope,
                   GlobalScope::New(file, request.arguments,
                                    PlatformArguments(platform, platform_, request.target)));
  const std::unique_ptr<ImageAuthor> author = images_.NewAuthor();
  BaseImages bases(call, request, images_, *author, say);
  const BuildJob job{images_,
                     *author,
                     runner_,
                     *cache_,
                     cache_mounts_,
                     request,
                     file,
                     scope,
                     context,
                     ignore,
                     http_,
                     *urls_,
                     work.path(),
                     secrets.has_value() ? secrets->path() : "",
                     id,
                     platform,
                     epoch};
  ASSIGN_OR_RETURN(
      const BuildPlan plan,
      PlanBuild(file, scope, request.target,
                [&](const std::string& image,
                    const std::string& wanted) -> absl::StatusOr<std::vector<std::string>> {
                  ASSIGN_OR_RETURN(const StageState base,
                                   bases.Get(image, wanted.empty() ? platform : wanted));
                  return base.draft.triggers();
                }));
  SayWarnings(file.warnings, say);
  StagePool pool(call, job, plan, say, [&](const std::string& image, const std::string& wanted) {
    return bases.Get(image, wanted);
  });
  absl::StatusOr<StageState> last = pool.Run();
  if (!last.ok()) {
    say(ExcerptOf(last.status(), request, text));
    return last.status();
  }
  SayUnused(UnusedArguments(file, request.arguments), say);
  return Compose(call, job, *std::move(last));
}

}  // namespace berth::imageservice
