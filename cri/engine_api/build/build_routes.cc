// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/build_routes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/inode.h"
#include "cri/engine_api/build/build_query.h"
#include "cri/engine_api/build/build_report.h"
#include "cri/engine_api/build/registry_config.h"
#include "cri/engine_api/filters.h"
#include "cri/engine_api/images/image_events.h"
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

absl::StatusOr<ContextSource> ReadContext(Exchange& exchange) {
  ContextSource context;
  const std::string kind = exchange.request().Header(kContextHeader);
  if (kind.empty()) {
    context.archive = [&exchange] { return exchange.ReadPiece(); };
    return context;
  }
  if (kind != kContextDirectory) {
    return absl::InvalidArgumentError(absl::StrCat(kContextHeader, ": ", kind));
  }
  ASSIGN_OR_RETURN(context.directory, ReadDirectory(exchange));
  return context;
}

absl::Status BuildImage(Exchange& exchange, Builder& builder, EventHub& events) {
  ASSIGN_OR_RETURN(BuildQuery query, ReadBuildQuery(exchange.request()));
  std::vector<std::string> names;
  for (const std::string& name : query.request.names) {
    ASSIGN_OR_RETURN(const imageservice::ImageReference reference,
                     imageservice::ImageReference::Parse(name));
    names.push_back(reference.tagged_name());
  }
  query.request.credentials = ReadRegistryConfig(exchange.request().Header("x-registry-config"));
  ASSIGN_OR_RETURN(const ContextSource context, ReadContext(exchange));
  BuildReport report(
      [&exchange](absl::string_view line) {
        if (!exchange.answered()) {
          exchange.Begin("application/json");
        }
        exchange.Write(line);
      },
      query.quiet);
  const absl::StatusOr<Image> image =
      builder.Build(exchange.call(), query.request, context,
                    [&report](absl::string_view text) { report.Say(text); });
  if (!image.ok() && exchange.answered()) {
    exchange.Write(BuildErrorLine(image.status(), imageservice::ExitCodeOf(image.status())));
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(image.status());
  for (const std::string& name : names) {
    TellOfImage(events, "tag", image->id, name);
  }
  report.Finish(*image, names);
  return absl::OkStatus();
}

// "24h" of the filter `until`; all without one.
absl::StatusOr<absl::Time> ReadUntil(const EngineRequest& request) {
  constexpr absl::string_view kKnown[] = {"until",       "unused-for", "id",     "parent", "type",
                                          "description", "inuse",      "shared", "private"};
  ASSIGN_OR_RETURN(const Filters filters, Filters::Parse(request.Query("filters"), kKnown));
  const absl::Time now = absl::Now();
  absl::Time before = now + absl::Seconds(1);
  for (const absl::string_view name : {"until", "unused-for"}) {
    for (const std::string& text : filters.Values(name)) {
      absl::Duration age;
      if (!absl::ParseDuration(text, &age)) {
        return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" filter: ", text));
      }
      before = now - age;
    }
  }
  return before;
}

absl::StatusOr<std::string> PruneCache(Builder& builder, const EngineRequest& request) {
  ASSIGN_OR_RETURN(absl::Time before, ReadUntil(request));
  uint64_t keep = UINT64_MAX;
  const std::string storage = request.Query("keep-storage");
  if (!storage.empty() && storage != "0") {
    if (!absl::SimpleAtoi(storage, &keep)) {
      return absl::InvalidArgumentError(absl::StrCat("invalid keep-storage: ", storage));
    }
    before = absl::InfinitePast();
  }
  const uint64_t bytes = builder.cache().Bytes();
  ASSIGN_OR_RETURN(const std::vector<imageservice::CacheEntry> gone,
                   builder.cache().Prune(before, keep));
  RETURN_IF_ERROR(builder.urls().Prune(before));
  if (request.Flag("all")) {
    RETURN_IF_ERROR(builder.cache_mounts().Prune());
  }
  Json deleted = Json::array();
  for (const imageservice::CacheEntry& entry : gone) {
    deleted.push_back(entry.key.substr(7));
  }
  return FormatJson(
      {{"CachesDeleted", deleted}, {"SpaceReclaimed", bytes - builder.cache().Bytes()}});
}

}  // namespace

void AddBuildRoutes(Router& router, Builder& builder, EventHub& events) {
  router.Add("POST", "/build", [&builder, &events](Exchange& exchange, const std::string&) {
    return BuildImage(exchange, builder, events);
  });
  router.Add("POST", "/build/prune",
             [&builder](Exchange& exchange, const std::string&) -> absl::Status {
               ASSIGN_OR_RETURN(const std::string text, PruneCache(builder, exchange.request()));
               exchange.SendText(text);
               return absl::OkStatus();
             });
  // A build ends with its client's connection: none has an id by which another could name it.
  router.Add("POST", "/build/cancel", [](Exchange& exchange, const std::string&) {
    exchange.Send(204, {}, "");
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
