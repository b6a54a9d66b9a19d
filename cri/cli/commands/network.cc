// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/status.h"
#include "cri/cli/command_list.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/engine_filters.h"
#include "cri/cli/engine_lists.h"
#include "cri/cli/network_request.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"

namespace berth::cli {
namespace {

struct NetworkOptions {
  std::vector<std::string> names;
  std::string network, container, format;
  bool force = false;
  ListFlags list;
};

std::shared_ptr<NetworkOptions> Named(Verb& verb, const std::string& description) {
  verb.set_description(description);
  auto options = std::make_shared<NetworkOptions>();
  verb.Add("NETWORK", options->names, "names or ids", {.required = true});
  return options;
}

std::string FlagText(const berth::Json& network, const char* name) {
  return JsonFlag(network, name) ? "true" : "false";
}

std::string CreationOf(const berth::Json& network) {
  const std::string text = JsonString(network, "Created").value_or("");
  absl::Time created;
  return absl::ParseTime(absl::RFC3339_full, text, &created, nullptr)
             ? CreationText(created, absl::UTCTimeZone())
             : text;
}

absl::StatusOr<int> List(const Session& session, const NetworkOptions& options) {
  ASSIGN_OR_RETURN(const FilterMap filters, ParseFilters(options.list.filters));
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = EngineTarget({"/networks"}, {{"filters", FiltersText(filters)}});
  ASSIGN_OR_RETURN(const berth::Json networks, engine.AskJson(call));
  Table table(Columns{{"NETWORK ID", "ID"},
                      {"NAME"},
                      {"DRIVER"},
                      {"SCOPE"},
                      {"CREATED AT", "", true},
                      {"IPV4", "IPv4", true},
                      {"IPV6", "IPv6", true},
                      {"INTERNAL", "", true},
                      {"LABELS", "", true}});
  for (const berth::Json& network : networks) {
    const std::map<std::string, std::string> labels = LabelsIn(network);
    table.Add({ShortId(JsonString(network, "Id").value_or(""), options.list.whole),
               JsonString(network, "Name").value_or(""), JsonString(network, "Driver").value_or(""),
               JsonString(network, "Scope").value_or(""), CreationOf(network),
               FlagText(network, "EnableIPv4"), FlagText(network, "EnableIPv6"),
               FlagText(network, "Internal"), LabelsText(labels)},
              labels);
  }
  RETURN_IF_ERROR(PrintList(networks, "Id", table, options.list));
  return 0;
}

absl::StatusOr<int> Create(const Session& session, const NetworkCreation& creation) {
  ASSIGN_OR_RETURN(const berth::Json body, NetworkRequestOf(creation));
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const std::string id, MakeByEngine(engine, PostCall("/networks/create", body)));
  Print(absl::StrCat(id, "\n"));
  return 0;
}

absl::StatusOr<int> Post(const Session& session, const std::string& network,
                         const std::string& action, const berth::Json& body) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  RETURN_IF_ERROR(
      engine.Ask(PostCall(EngineTarget({"/networks", network, action}), body)).status());
  return 0;
}

void DefineNetworkCreate(Verb& verb) {
  verb.set_description("Make a network");
  auto creation = std::make_shared<NetworkCreation>();
  verb.Add("NAME", creation->name, "its name", {.required = true});
  verb.Add("-d,--driver", creation->driver, "only bridge is there",
           {.type = "DRIVER", .shows_default = true});
  verb.Add("--subnet", creation->subnets, "for example 10.5.0.0/16", {.type = "CIDR"});
  verb.Add("--gateway", creation->gateways, "the node's address in it", {.type = "IP"});
  verb.Add("--ip-range", creation->ranges, "where containers get addresses", {.type = "CIDR"});
  verb.AddFlag("--internal", creation->internal, "nothing leads out of it");
  verb.AddFlag("--ipv6", creation->ipv6, "with IPv6");
  verb.AddUsual("--ipv4", "with IPv4");
  verb.AddFlag("--attachable", creation->attachable, "docker's swarm asks for that");
  verb.Add("--label", creation->labels, "for it", {.type = "KEY=VALUE"});
  verb.Add("-o,--opt", creation->options, "for example com.docker.network.driver.mtu=1400",
           {.type = "KEY=VALUE"});
  verb.set_action([creation](const Session& session) { return Create(session, *creation); });
}

void DefineNetworkLs(Verb& verb) {
  verb.set_description("List networks");
  auto options = std::make_shared<NetworkOptions>();
  AddListFlags(verb, options->list, /*has_ids=*/true);
  verb.set_footer("Filters: dangling, driver, id, label, name, scope, type.");
  verb.set_action([options](const Session& session) { return List(session, *options); });
}

void DefineNetworkInspect(Verb& verb) {
  auto options = Named(verb, "Show all that is known of networks, as a JSON array");
  verb.Add("-f,--format", options->format, "json, or '{{.Driver}}' for each",
           {.type = "json|TEMPLATE"});
  verb.AddUsual("-v,--verbose", "all there is to tell");
  verb.set_action([options](const Session& session) {
    return InspectByEngine(session, "/networks", options->names, options->format);
  });
}

void DefineNetworkConnect(Verb& verb) {
  verb.set_description("Let a container be in one more network");
  auto options = std::make_shared<NetworkOptions>();
  auto endpoint = std::make_shared<EndpointOptions>();
  verb.Add("NETWORK", options->network, "a name or id", {.required = true});
  verb.Add("CONTAINER", options->container, "of the Engine API", {.required = true});
  verb.Add("--alias", endpoint->aliases, "one more name there", {.type = "NAME"});
  verb.Add("--ip", endpoint->ip, "its address there", {.type = "IP"});
  verb.Add("--ip6", endpoint->ip6, "of IPv6", {.type = "IP"});
  verb.Add("--link", endpoint->links, "another container by this name",
           {.type = "CONTAINER[:NAME]"});
  verb.Add("--gw-priority", endpoint->gateway_priority, "for its default route; the highest has it",
           {.type = "NUMBER"});
  verb.set_action([options, endpoint](const Session& session) {
    return Post(
        session, options->network, "connect",
        {{"Container", options->container}, {"EndpointConfig", EndpointRequestOf(*endpoint)}});
  });
}

void DefineNetworkDisconnect(Verb& verb) {
  verb.set_description("Take a container out of a network");
  auto options = std::make_shared<NetworkOptions>();
  verb.Add("NETWORK", options->network, "a name or id", {.required = true});
  verb.Add("CONTAINER", options->container, "of the Engine API", {.required = true});
  verb.AddFlag("-f,--force", options->force,
               "as docker has it; no container leaves anything in a network here");
  verb.set_action([options](const Session& session) {
    return Post(session, options->network, "disconnect",
                {{"Container", options->container}, {"Force", options->force}});
  });
}

void DefineNetworkRm(Verb& verb) {
  auto options = Named(verb, "Remove networks that no container is in");
  verb.AddFlag("-f,--force", options->force, "also where there is no such network");
  verb.set_action([options](const Session& session) {
    return RemoveByEngine(session, "/networks", options->names, options->force);
  });
}

}  // namespace

void DefineNetwork(Verb& verb) {
  constexpr NamedVerb kVerbs[] = {{"create", DefineNetworkCreate},
                                  {"ls", DefineNetworkLs},
                                  {"inspect", DefineNetworkInspect},
                                  {"connect", DefineNetworkConnect},
                                  {"disconnect", DefineNetworkDisconnect},
                                  {"rm", DefineNetworkRm},
                                  {"prune", DefineNetworkPrune}};
  verb.set_description("Networks of containers of the Engine API");
  AddVerbs(verb, kVerbs);
}

}  // namespace berth::cli
