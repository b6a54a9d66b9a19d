// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume_routes.h"

#include <string>

#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/log.h"
#include "base/status.h"
#include "cri/engine_api/filters.h"
#include "cri/engine_api/json_fields.h"
#include "cri/engine_api/name_patterns.h"

namespace berth::cri {
namespace {

constexpr ApiVersion kPrunesAnonymousOnly = {1, 42};

Json Details(const VolumeStore& volumes, const Volume& volume) {
  return VolumeDetails(volume, volumes.Mountpoint(volume.name));
}

absl::StatusOr<bool> Passes(const VolumeStore& volumes, const Volume& volume,
                            const Filters& filters, const NamePatterns& names) {
  const bool unused = volumes.UsersOf(volume.name).empty();
  ASSIGN_OR_RETURN(const bool dangling, filters.Bool("dangling", unused));
  return dangling == unused && names.Take(volume.name) && filters.Takes("driver", kLocalVolumes) &&
         filters.TakesLabels(volume.labels);
}

absl::StatusOr<Json> List(const VolumeStore& volumes, const EngineRequest& request) {
  constexpr absl::string_view kFilters[] = {"dangling", "driver", "label", "name"};
  ASSIGN_OR_RETURN(const Filters filters, Filters::Parse(request.Query("filters"), kFilters));
  const NamePatterns names(filters, "name");
  Json list = Json::array();
  for (const Volume& volume : volumes.List()) {
    ASSIGN_OR_RETURN(const bool passes, Passes(volumes, volume, filters, names));
    if (passes) {
      list.push_back(Details(volumes, volume));
    }
  }
  return Json{{"Volumes", std::move(list)}, {"Warnings", nullptr}};
}

void Tell(EventHub& events, absl::string_view action, const std::string& name) {
  events.Tell("volume", action, name, {{"driver", std::string(kLocalVolumes)}});
}

absl::Status Create(VolumeStore& volumes, EventHub& events, Exchange& exchange) {
  ASSIGN_OR_RETURN(const Json body, ReadJsonBody(exchange));
  JsonFields fields(body);
  const VolumeRequest request{.name = fields.Text("Name"),
                              .driver = fields.Text("Driver"),
                              .labels = fields.TextMap("Labels"),
                              .options = fields.TextMap("DriverOpts")};
  RETURN_IF_ERROR(fields.status());
  ASSIGN_OR_RETURN(const Volume volume, volumes.Create(exchange.call(), request));
  Tell(events, "create", volume.name);
  exchange.SendCreated(Details(volumes, volume));
  return absl::OkStatus();
}

// Clients older than 1.42 know no anonymous volumes and mean all.
absl::StatusOr<Json> Prune(VolumeStore& volumes, EventHub& events, const Exchange& exchange) {
  const EngineRequest& request = exchange.request();
  constexpr absl::string_view kFilters[] = {"all", "label", "label!"};
  ASSIGN_OR_RETURN(const Filters filters, Filters::Parse(request.Query("filters"), kFilters));
  ASSIGN_OR_RETURN(const bool all, filters.Bool("all", request.version < kPrunesAnonymousOnly));
  Json deleted = Json::array();
  uint64_t reclaimed = 0;
  for (const Volume& volume : volumes.List()) {
    if ((!all && !volume.anonymous()) || !volume.unreadable.empty() ||
        !filters.TakesLabels(volume.labels) || !volumes.UsersOf(volume.name).empty()) {
      continue;
    }
    const uint64_t size = volumes.SizeOf(exchange.call(), volume.name).value_or(0);
    const absl::Status removed = volumes.Remove(exchange.call(), volume.name, false);
    if (absl::IsFailedPrecondition(removed) || absl::IsNotFound(removed)) {
      continue;  // taken into use, or removed, meanwhile
    }
    RETURN_IF_ERROR(removed);
    Tell(events, "destroy", volume.name);
    deleted.push_back(volume.name);
    reclaimed += size;
  }
  events.Tell("volume", "prune", "", {{"reclaimed", absl::StrCat(reclaimed)}});
  return Json{{"VolumesDeleted", std::move(deleted)}, {"SpaceReclaimed", reclaimed}};
}

}  // namespace

void AddVolumeRoutes(Router& router, VolumeStore& volumes, EventHub& events) {
  const auto add = [&](absl::string_view method, absl::string_view pattern, auto answer) {
    router.Add(method, pattern, [answer](Exchange& exchange, const std::string& name) {
      ASSIGN_OR_RETURN(const Json json, answer(exchange, name));
      exchange.SendJson(json);
      return absl::OkStatus();
    });
  };
  add("GET", "/volumes", [&volumes](const Exchange& exchange, const std::string&) {
    return List(volumes, exchange.request());
  });
  add("GET", "/volumes/*",
      [&volumes](const Exchange&, const std::string& name) -> absl::StatusOr<Json> {
        ASSIGN_OR_RETURN(const Volume volume, volumes.Find(name));
        return Details(volumes, volume);
      });
  add("POST", "/volumes/prune", [&](const Exchange& exchange, const std::string&) {
    return Prune(volumes, events, exchange);
  });
  router.Add("POST", "/volumes/create", [&](Exchange& exchange, const std::string&) {
    return Create(volumes, events, exchange);
  });
  router.Add("DELETE", "/volumes/*", [&](Exchange& exchange, const std::string& name) {
    RETURN_IF_ERROR(volumes.Remove(exchange.call(), name, exchange.request().Flag("force")));
    Tell(events, "destroy", name);
    exchange.Send(204, {}, "");
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
