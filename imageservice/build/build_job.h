// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/secret.h"
#include "base/sys/fd.h"
#include "imageservice/build/build_cache.h"
#include "imageservice/build/build_scope.h"
#include "imageservice/build/cache_mounts.h"
#include "imageservice/build/ignore_file.h"
#include "imageservice/build/image_draft.h"
#include "imageservice/build/instruction.h"
#include "imageservice/build/step_runner.h"
#include "imageservice/build/url_notes.h"
#include "imageservice/image_author.h"
#include "imageservice/image_store.h"
#include "imageservice/layer/merged_view.h"
#include "imageservice/registry/credentials.h"
#include "imageservice/registry/http_client.h"

namespace berth::imageservice {

// What a build is asked for.
struct BuildRequest {
  std::string dockerfile = "Dockerfile";  // in the context
  // Where the context is: a repository, an archive or a Dockerfile by an address (remote_source.h);
  // empty: it is handed over.
  std::string remote;
  std::string target;  // a stage; empty: the last
  VariableMap arguments;
  VariableMap labels;
  std::vector<std::string> names;  // of the image
  std::string platform;            // empty: the store's
  bool no_cache = false;
  bool pull = false;  // base images even when they are here
  std::string network = "default";
  std::map<std::string, std::string> hosts;
  StepLimits limits;
  std::map<std::string, Secret> secrets;      // by id
  std::map<std::string, std::string> agents;  // of ssh: by id, the path of a socket of the host
  // Of an image's registry; may be empty.
  std::function<Credentials(const std::string& reference)> credentials;
  // Takes what stages say, by their place in the plan, as they say it and from any thread; of more
  // than one each says its StageTitle first. Where it is not set that is told in the plan's order,
  // without those.
  std::function<void(size_t stage, absl::string_view text)> hear_stage;
};

// Where a build's context comes from, unless the request names a place.
struct ContextSource {
  sys::Fd directory;                           // of the caller, who may change it meanwhile
  ArchiveSource archive;                       // where that is not open
  std::optional<std::string> dockerfile = {};  // its text, in place of the context's
};

// Takes what a build says, from any of its threads.
using Say = std::function<void(absl::string_view)>;

// The payload of a step's error: the lines of the Dockerfile that it is about, "first-last".
inline constexpr char kFailedLines[] = "berth/lines";
// Another one: the step's number, as "Step N/M" has it.
inline constexpr char kFailedStep[] = "berth/step";

// A tree that COPY reads; nothing of it leads out.
struct BuildContext {
  MergedView tree;
  bool is_live = false;  // others may change it meanwhile
};

// What the stages of one build share. Its parts are thread-safe.
struct BuildJob {
  ImageStore& images;
  ImageAuthor& author;
  StepRunner& runner;
  BuildCache& cache;
  CacheMounts& cache_mounts;
  const BuildRequest& request;
  const Dockerfile& file;
  const GlobalScope& scope;
  const BuildContext& context;
  const IgnoreFile& ignore;
  HttpClient& http;
  UrlNotes& urls;
  std::string directory;         // for what steps need meanwhile
  std::string secret_directory;  // on a tmpfs; empty when there are no secrets
  std::string id;                // its own among all builds
  std::string platform;
  std::optional<int64_t> epoch;  // SOURCE_DATE_EPOCH
};

// What a stage has come to.
struct StageState {
  ImageDraft draft;
  std::vector<AuthoredLayer> layers;
  std::optional<StageScope> scope = {};  // the ARGs that stages on top of it see too

  std::string chain() const { return layers.empty() ? "" : layers.back().chain_id; }
};

}  // namespace berth::imageservice
