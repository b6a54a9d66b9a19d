// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_filter.h"
#include "cri/cli/container_view.h"
#include "cri/cli/engine_filters.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

struct PsOptions {
  bool all = false;
  bool quiet = false;
  bool whole = false;
  std::vector<std::string> filters;
  int64_t last = -1;
  bool latest = false;
  std::string format = "table";
};

std::string Ports(const ContainerView& view) {
  if (view.status.state() != v1::CONTAINER_RUNNING) {
    return "";
  }
  return absl::StrJoin(view.ports, ", ", [](std::string* out, const v1::PortMapping& port) {
    absl::StrAppend(out, PortText(port));
  });
}

Json AsJson(const std::vector<ContainerView>& views) {
  Json array = Json::array();
  for (const ContainerView& view : views) {
    Json ports = Json::array();
    for (const v1::PortMapping& port : view.ports) {
      ports.push_back(MessageJson(port));
    }
    array.push_back({{"id", view.id},
                     {"name", view.name},
                     {"podId", view.pod_id},
                     {"pod", view.pod},
                     {"image", view.image},
                     {"imageId", view.image_id},
                     {"command", view.command},
                     {"state", StateName(view.status.state())},
                     {"paused", view.paused},
                     {"exitCode", view.status.exit_code()},
                     {"reason", view.status.reason()},
                     {"createdAt", Rfc3339(view.status.created_at())},
                     {"startedAt", Rfc3339(view.status.started_at())},
                     {"finishedAt", Rfc3339(view.status.finished_at())},
                     {"ports", ports},
                     {"labels", view.status.labels()}});
  }
  return array;
}

Table AsTable(const std::vector<ContainerView>& views, bool whole) {
  const absl::Time now = absl::Now();
  Table table({"CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"},
              {"STATE", "POD", "LABELS"});
  for (const ContainerView& view : views) {
    const absl::Duration age = now - absl::FromUnixNanos(view.status.created_at());
    table.Add({ShortId(view.id, whole), view.image, QuotedCommand(view.command, whole),
               absl::StrCat(HumanDuration(age), " ago"), StatusOf(view, now), Ports(view),
               view.name, view.paused ? "paused" : StateName(view.status.state()), view.pod,
               absl::StrJoin(view.status.labels(), ",", absl::PairFormatter("="))});
  }
  return table;
}

// Those of `ancestor` that are images.
absl::StatusOr<std::map<std::string, std::string>> ImageIds(const Client& client,
                                                            const std::vector<std::string>& names) {
  std::map<std::string, std::string> ids;
  for (const std::string& name : names) {
    const absl::StatusOr<v1::ImageStatusResponse> status = client.ImageStatus(name);
    if (!status.ok() && !absl::IsInvalidArgument(status.status())) {  // else no name of an image
      return status.status();
    }
    if (status.ok() && status->has_image()) {
      ids[name] = status->image().id();
    }
  }
  return ids;
}

// Of pods and of docker's clients, newest first.
absl::StatusOr<std::vector<ContainerView>> ViewAll(const Session& session, bool all,
                                                   ContainerFilter filter) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(auto image_ids, ImageIds(client, filter.ancestors()));
  filter.SetImageIds(std::move(image_ids));
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  ASSIGN_OR_RETURN(std::vector<ContainerView> views,
                   ViewContainers(client, inventory, [all](const v1::Container& container) {
                     return all || container.state() == v1::CONTAINER_RUNNING;
                   }));
  views.erase(std::remove_if(views.begin(), views.end(),
                             [&](const ContainerView& view) { return !filter.Takes(view); }),
              views.end());
  ASSIGN_OR_RETURN(const std::string engine_socket, session.EngineSocket());
  if (filter.wants_engine() && !engine_socket.empty()) {
    const EngineClient engine(engine_socket);
    absl::StatusOr<std::vector<ContainerView>> more =
        ViewEngineContainers(engine, all, filter.engine_filters());
    if (absl::IsUnavailable(more.status())) {
      PrintError(Annotate(more.status(), "without those of docker's clients"));
      more = std::vector<ContainerView>();
    }
    RETURN_IF_ERROR(more.status());
    std::move(more->begin(), more->end(), std::back_inserter(views));
  }
  std::stable_sort(views.begin(), views.end(), [](const auto& a, const auto& b) {
    return a.status.created_at() > b.status.created_at();
  });
  return views;
}

// How many at most: all when it is negative.
int64_t Most(const PsOptions& options) {
  return options.latest ? 1 : options.last;
}

absl::StatusOr<int> RunPs(const Session& session, const PsOptions& options) {
  ASSIGN_OR_RETURN(const FilterMap filters, ParseFilters(options.filters));
  ASSIGN_OR_RETURN(const ContainerFilter filter, ContainerFilter::Parse(filters));
  const int64_t most = Most(options);
  ASSIGN_OR_RETURN(std::vector<ContainerView> views,
                   ViewAll(session, options.all || filter.wants_ended() || most >= 0, filter));
  if (most >= 0 && static_cast<size_t>(most) < views.size()) {
    views.resize(static_cast<size_t>(most));
  }
  if (options.quiet) {
    for (const ContainerView& view : views) {
      Print(ShortId(view.id, options.whole) + "\n");
    }
    return 0;
  }
  ASSIGN_OR_RETURN(const std::string text,
                   FormatList(AsJson(views), AsTable(views, options.whole), options.format));
  Print(text);
  return 0;
}

}  // namespace

void DefinePs(Verb& verb) {
  verb.set_description("List containers");
  auto options = std::make_shared<PsOptions>();
  verb.AddFlag("-a,--all", options->all, "also those that do not run");
  verb.AddFlag("-q,--quiet", options->quiet, "only ids");
  verb.AddFlag("--no-trunc", options->whole, "whole ids and commands");
  verb.Add("-f,--filter", options->filters, "only those", {.type = "NAME=VALUE"});
  verb.Add("-n,--last", options->last, "only the newest, also those that do not run",
           {.type = "NUMBER"});
  verb.AddFlag("-l,--latest", options->latest, "only the newest one");
  AddRowFormat(verb, options->format);
  verb.set_footer(
      "Filters: ancestor, exited, id, label, name, pod, status; before, health, network, since "
      "and\n"
      "volume choose of containers of the Engine API alone.");
  verb.set_action([options](const Session& session) { return RunPs(session, *options); });
}

}  // namespace berth::cli
