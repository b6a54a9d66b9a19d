// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_routes.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/json.h"
#include "base/status.h"
#include "cri/engine_api/engine_error.h"
#include "cri/engine_api/filters.h"
#include "cri/engine_api/json_fields.h"
#include "cri/engine_api/name_patterns.h"
#include "cri/engine_api/networks/network_request.h"

namespace berth::cri {
namespace {

constexpr int kForbidden = 403;

// What a list is asked for.
struct Wanted {
  explicit Wanted(const Filters& all) : filters(all), names(all, "name"), ids(all, "id") {}

  const Filters& filters;
  const NamePatterns names, ids;
};

absl::StatusOr<bool> Passes(const NetworkRegistry& networks, const Network& network,
                            const Wanted& wanted) {
  const Filters& filters = wanted.filters;
  for (const std::string& type : filters.Values("type")) {
    if (type != "builtin" && type != "custom") {
      return absl::InvalidArgumentError("invalid filter 'type=" + type + "'");
    }
  }
  // Predefined ones are never told as dangling.
  const bool unused = !network.predefined() && !networks.IsUsed(network);
  ASSIGN_OR_RETURN(const bool dangling, filters.Bool("dangling", unused));
  return dangling == unused && wanted.names.Take(network.name) && wanted.ids.Take(network.id) &&
         filters.Takes("driver", network.driver) && filters.Takes("scope", "local") &&
         filters.Takes("type", network.predefined() ? "builtin" : "custom") &&
         filters.TakesLabels(network.labels);
}

absl::StatusOr<Json> List(const NetworkRegistry& networks, const EngineRequest& request) {
  constexpr absl::string_view kFilters[] = {"dangling", "driver", "id",  "label",
                                            "name",     "scope",  "type"};
  ASSIGN_OR_RETURN(const Filters filters, Filters::Parse(request.Query("filters"), kFilters));
  const Wanted wanted(filters);
  Json list = Json::array();
  for (const Network& network : networks.List()) {
    ASSIGN_OR_RETURN(const bool passes, Passes(networks, network, wanted));
    if (passes) {
      list.push_back(NetworkSummary(network));
    }
  }
  return list;
}

absl::StatusOr<Json> Inspect(const NetworkRegistry& networks, const std::string& name) {
  ASSIGN_OR_RETURN(const Network network, networks.Find(name));
  return NetworkDetails(network, networks.MembersOf(network));
}

void TellOf(EventHub& events, absl::string_view action, const Network& network,
            const std::string& container = "") {
  std::map<std::string, std::string> attributes = {{"name", network.name},
                                                   {"type", network.driver}};
  if (!container.empty()) {
    attributes["container"] = container;
  }
  events.Tell("network", action, network.id, std::move(attributes));
}

absl::Status Create(NetworkRegistry& networks, EventHub& events, Exchange& exchange) {
  ASSIGN_OR_RETURN(const Json body, ReadJsonBody(exchange));
  ASSIGN_OR_RETURN(Network wanted, ReadNetworkRequest(body));
  ASSIGN_OR_RETURN(const Network made, networks.Create(std::move(wanted)));
  TellOf(events, "create", made);
  exchange.SendCreated({{"Id", made.id}, {"Warning", ""}});
  return absl::OkStatus();
}

absl::StatusOr<Json> Prune(NetworkRegistry& networks, EventHub& events, Exchange& exchange) {
  constexpr absl::string_view kFilters[] = {"label", "label!", "until"};
  ASSIGN_OR_RETURN(const Filters filters,
                   Filters::Parse(exchange.request().Query("filters"), kFilters));
  ASSIGN_OR_RETURN(const absl::Time until, filters.Until(absl::Now()));
  Json deleted = Json::array();
  for (const Network& network : networks.List()) {
    if (network.predefined() || !network.unreadable.empty() ||
        absl::FromUnixNanos(network.created_at) > until || !filters.TakesLabels(network.labels) ||
        networks.IsUsed(network)) {
      continue;
    }
    const absl::Status removed = networks.Remove(exchange.call(), network.id);
    if (removed.ok()) {
      TellOf(events, "destroy", network);
      deleted.push_back(network.name);
    } else if (!absl::IsNotFound(removed) && !absl::IsPermissionDenied(removed)) {
      return removed;  // others were removed, or taken into use, meanwhile
    }
  }
  events.Tell("network", "prune", "", {{"reclaimed", "0"}});
  return Json{{"NetworksDeleted", std::move(deleted)}};
}

absl::Status Connect(NetworkRegistry& networks, EventHub& events, Exchange& exchange,
                     const std::string& name, const ContainerHolder& hold_container) {
  ASSIGN_OR_RETURN(const Json body, ReadJsonBody(exchange));
  JsonFields fields(body);
  const std::string container = fields.Text("Container");
  ASSIGN_OR_RETURN(Endpoint endpoint, ReadEndpoint(name, fields.Object("EndpointConfig")));
  RETURN_IF_ERROR(fields.status());
  ASSIGN_OR_RETURN(const HeldContainer held, hold_container(exchange.call(), container));
  RETURN_IF_ERROR(networks.Connect(exchange.call(), name, held.id, std::move(endpoint)));
  ASSIGN_OR_RETURN(const Network network, networks.Find(name));
  TellOf(events, "connect", network, held.id);
  return absl::OkStatus();
}

absl::Status Disconnect(NetworkRegistry& networks, EventHub& events, Exchange& exchange,
                        const std::string& name, const ContainerHolder& hold_container) {
  ASSIGN_OR_RETURN(const Json body, ReadJsonBody(exchange));
  JsonFields fields(body);
  const std::string container = fields.Text("Container");
  RETURN_IF_ERROR(fields.status());
  ASSIGN_OR_RETURN(const HeldContainer held, hold_container(exchange.call(), container));
  ASSIGN_OR_RETURN(const Network network, networks.Find(name));
  RETURN_IF_ERROR(networks.Disconnect(exchange.call(), network.id, held.id));
  TellOf(events, "disconnect", network, held.id);
  return absl::OkStatus();
}

absl::Status Remove(NetworkRegistry& networks, EventHub& events, const Call& call,
                    const std::string& name) {
  ASSIGN_OR_RETURN(const Network network, networks.Find(name));
  RETURN_IF_ERROR(networks.Remove(call, network.id));
  TellOf(events, "destroy", network);
  return absl::OkStatus();
}

// What is not permitted is 403 here.
absl::Status Tell(Exchange& exchange, const absl::Status& status) {
  if (absl::IsPermissionDenied(status) && !IsFromKernel(status)) {
    SendError(exchange, kForbidden, status);
    return absl::OkStatus();
  }
  return status;
}

}  // namespace

void AddNetworkRoutes(Router& router, NetworkRegistry& networks, ContainerHolder hold_container,
                      EventHub& events) {
  const auto told = [&](absl::string_view method, absl::string_view pattern, auto answer) {
    router.Add(method, pattern, [answer](Exchange& exchange, const std::string& name) {
      ASSIGN_OR_RETURN(const Json json, answer(exchange, name));
      exchange.SendJson(json);
      return absl::OkStatus();
    });
  };
  const auto done = [&](absl::string_view method, absl::string_view pattern, int code, auto act) {
    router.Add(method, pattern, [act, code](Exchange& exchange, const std::string& name) {
      const absl::Status status = act(exchange, name);
      if (!status.ok()) {
        return Tell(exchange, status);
      }
      if (!exchange.answered()) {
        exchange.Send(code, {}, "");
      }
      return absl::OkStatus();
    });
  };
  told("GET", "/networks", [&networks](Exchange& exchange, const std::string&) {
    return List(networks, exchange.request());
  });
  told("GET", "/networks/*",
       [&networks](Exchange&, const std::string& name) { return Inspect(networks, name); });
  told("POST", "/networks/prune",
       [&](Exchange& exchange, const std::string&) { return Prune(networks, events, exchange); });
  done("POST", "/networks/create", 201,
       [&](Exchange& exchange, const std::string&) { return Create(networks, events, exchange); });
  done("POST", "/networks/*/connect", 200,
       [&networks, &events, hold_container](Exchange& exchange, const std::string& name) {
         return Connect(networks, events, exchange, name, hold_container);
       });
  done("POST", "/networks/*/disconnect", 200,
       [&networks, &events, hold_container](Exchange& exchange, const std::string& name) {
         return Disconnect(networks, events, exchange, name, hold_container);
       });
  done("DELETE", "/networks/*", 204, [&](Exchange& exchange, const std::string& name) {
    return Remove(networks, events, exchange.call(), name);
  });
}

}  // namespace berth::cri
