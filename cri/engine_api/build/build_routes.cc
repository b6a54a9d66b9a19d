// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/build_routes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/inode.h"
#include "cri/engine_api/build/build_query.h"
#include "cri/engine_api/build/build_report.h"
#include "cri/engine_api/build/prune_query.h"
#include "cri/engine_api/build/registry_config.h"
#include "imageservice/build/build_limits.h"
#include "imageservice/build/run_step.h"
#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

using imageservice::Builder;
using imageservice::ContextSource;
using imageservice::Image;

// Unimplemented where the descriptor has not come: the socket is passed on by somebody.
absl::StatusOr<sys::Fd> ReadDirectory(Exchange& exchange) {
  RETURN_IF_ERROR(exchange.ReadBody(1).status());
  sys::Fd directory = exchange.TakeDescriptor();
  if (!directory.is_open()) {
    return absl::UnimplementedError("the context's directory has not come with the request");
  }
  ASSIGN_OR_RETURN(const struct stat info,
                   ToStatusOr(sys::Stat(directory.get()), "the context's directory"));
  // Who may not read a directory gets a descriptor of it by O_PATH only.
  if (!S_ISDIR(info.st_mode) || (fcntl(directory.get(), F_GETFL) & O_PATH) != 0) {
    return absl::InvalidArgumentError("the context is no directory that is open for reading");
  }
  return directory;
}

absl::StatusOr<ContextSource> ReadContext(Exchange& exchange, const std::string& remote) {
  ContextSource context;
  const std::string kind = exchange.request().Header(kContextHeader);
  if (kind.empty()) {
    context.archive = [&exchange] { return exchange.ReadPiece(); };
    return context;
  }
  if (kind == kContextDockerfile && !remote.empty()) {
    ASSIGN_OR_RETURN(context.dockerfile, exchange.ReadBody(imageservice::kMaxDockerfile));
    return context;
  }
  if (kind != kContextDirectory) {
    return absl::InvalidArgumentError(absl::StrCat(kContextHeader, ": ", kind));
  }
  ASSIGN_OR_RETURN(context.directory, ReadDirectory(exchange));
  return context;
}

// What is mounted into a step must not be just anything of the host's.
absl::Status CheckAgents(const std::map<std::string, std::string>& agents) {
  for (const auto& [id, path] : agents) {
    const sys::ErrnoOr<struct stat> info = sys::StatAt(AT_FDCWD, path.c_str(), 0);
    if (!info.ok() || !S_ISSOCK(info->st_mode)) {
      return absl::InvalidArgumentError(
          absl::StrCat(kBuildHeader, ": agent ", id, ": no socket at ", path));
    }
  }
  return absl::OkStatus();
}

absl::Status BuildImage(Exchange& exchange, Builder& builder) {
  ASSIGN_OR_RETURN(BuildQuery query, ReadBuildQuery(exchange.request()));
  RETURN_IF_ERROR(CheckAgents(query.request.agents));
  std::vector<std::string> names;
  for (const std::string& name : query.request.names) {
    ASSIGN_OR_RETURN(const imageservice::ImageReference reference,
                     imageservice::ImageReference::Parse(name));
    names.push_back(reference.tagged_name());
  }
  query.request.credentials = ReadRegistryConfig(exchange.request().Header("x-registry-config"));
  ASSIGN_OR_RETURN(const ContextSource context, ReadContext(exchange, query.request.remote));
  BuildReport report(
      [&exchange](absl::string_view line) {
        if (!exchange.answered()) {
          exchange.Begin("application/json");
        }
        exchange.Write(line);
      },
      query.quiet);
  if (query.tells_stages) {
    query.request.hear_stage = [&report](size_t stage, absl::string_view text) {
      report.SayOf(stage, text);
    };
  }
  const absl::StatusOr<Image> image =
      builder.Build(exchange.call(), query.request, context,
                    [&report](absl::string_view text) { report.Say(text); });
  if (!image.ok() && exchange.answered()) {
    exchange.Write(BuildErrorLine(image.status(), imageservice::ExitCodeOf(image.status()),
                                  Builder::FailedStepOf(image.status())));
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(image.status());
  report.Finish(*image, names);
  return absl::OkStatus();
}

absl::Status Prune(Exchange& exchange, Builder& builder) {
  ASSIGN_OR_RETURN(const PruneQuery query, ReadPruneQuery(exchange.request(), absl::Now()));
  Json deleted = Json::array();
  uint64_t reclaimed = 0;
  if (query.prunes_steps) {
    ASSIGN_OR_RETURN(const imageservice::PrunedCache gone, builder.cache().Prune(query.prune));
    for (const imageservice::CacheEntry& entry : gone.entries) {
      deleted.push_back(entry.key.substr(kKeyPrefix.size()));
    }
    reclaimed = gone.bytes;
  }
  if (query.prunes_notes) {
    LogIfError(builder.urls().Prune(query.prune.unused_since), "notes of URLs are not pruned");
  }
  if (query.prunes_mounts) {
    const absl::StatusOr<std::vector<imageservice::CacheDirectory>> gone =
        builder.cache_mounts().Prune(exchange.call(),
                                     PruneOfMounts(query, builder.cache().Bytes()));
    if (!gone.ok() && deleted.empty()) {
      return gone.status();
    }
    LogIfError(gone.status(), "cache mounts are not pruned");  // which keeps nobody from the rest
    for (const imageservice::CacheDirectory& each :
         gone.value_or(std::vector<imageservice::CacheDirectory>())) {
      deleted.push_back(each.name);
      reclaimed += each.bytes;
    }
  }
  exchange.SendText(FormatJson({{"CachesDeleted", deleted}, {"SpaceReclaimed", reclaimed}}));
  return absl::OkStatus();
}

}  // namespace

void AddBuildRoutes(Router& router, Builder& builder) {
  router.Add("POST", "/build", [&builder](Exchange& exchange, const std::string&) {
    return BuildImage(exchange, builder);
  });
  router.Add("POST", "/build/prune",
             [&builder](Exchange& exchange, const std::string&) -> absl::Status {
               return Prune(exchange, builder);
             });
  // A build ends with its client's connection: none has an id by which another could name it.
  router.Add("POST", "/build/cancel", [](Exchange& exchange, const std::string&) {
    exchange.Send(204, {}, "");
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
