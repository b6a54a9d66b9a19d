// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_filter.h"
#include "cri/cli/container_view.h"
#include "cri/cli/engine_filters.h"
#include "cri/cli/engine_lists.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

struct PsOptions {
  ListFlags list;
  bool all = false;
  int64_t last = -1;
  bool latest = false;
  bool sizes = false;
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

// Docker's clients know no more than the second in which a container was made.
absl::Time CreationOf(const ContainerView& view) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(absl::FromUnixNanos(view.status.created_at())));
}

std::string Mounts(const ContainerView& view, bool whole) {
  constexpr size_t kShown = 15;
  return absl::StrJoin(view.mounts, ",", [whole](std::string* out, const std::string& mount) {
    absl::StrAppend(out, whole ? mount : Ellipsis(mount, kShown));
  });
}

std::string Size(const ContainerView& view) {
  const std::string written = HumanSize(view.written);
  return view.all_files == 0 ? written
                             : absl::StrCat(written, " (virtual ", HumanSize(view.all_files), ")");
}

Table AsTable(const std::vector<ContainerView>& views, const PsOptions& options) {
  const absl::Time now = absl::Now();
  Table table(Columns{{"CONTAINER ID", "ID"},
                      {"IMAGE"},
                      {"COMMAND"},
                      {"CREATED", "RunningFor"},
                      {"STATUS"},
                      {"PORTS"},
                      {"NAMES"},
                      {"SIZE", "Size", !options.sizes},
                      {"CREATED AT", "", true},
                      {"LABELS", "", true},
                      {"LOCAL VOLUMES", "", true},
                      {"MOUNTS", "", true},
                      {"NETWORKS", "", true},
                      {"POD", "", true},
                      {"STATE", "", true}});
  for (const ContainerView& view : views) {
    const absl::Time created = CreationOf(view);
    const std::map<std::string, std::string> labels(view.status.labels().begin(),
                                                    view.status.labels().end());
    table.Add({ShortId(view.id, options.list.whole), view.image,
               QuotedCommand(view.command, options.list.whole),
               absl::StrCat(HumanDuration(now - created), " ago"), StatusOf(view, now), Ports(view),
               view.name, Size(view), CreationText(created, absl::LocalTimeZone()),
               absl::StrJoin(labels, ",", absl::PairFormatter("=")), absl::StrCat(view.volumes),
               Mounts(view, options.list.whole), absl::StrJoin(view.networks, ","), view.pod,
               view.paused ? "paused" : StateName(view.status.state())},
              labels);
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
absl::StatusOr<std::vector<ContainerView>> ViewAll(const Session& session, bool all, bool sizes,
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
  RETURN_IF_ERROR(sizes ? AddSizes(client, views) : absl::OkStatus());
  ASSIGN_OR_RETURN(const std::string engine_socket, session.EngineSocket());
  if (filter.wants_engine() && !engine_socket.empty()) {
    const EngineClient engine(engine_socket);
    absl::StatusOr<std::vector<ContainerView>> more =
        ViewEngineContainers(engine, all, sizes, filter.engine_filters());
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
  ASSIGN_OR_RETURN(const FilterMap filters, ParseFilters(options.list.filters));
  ASSIGN_OR_RETURN(const ContainerFilter filter, ContainerFilter::Parse(filters));
  const int64_t most = Most(options);
  const bool sizes = options.sizes || absl::StrContains(options.list.format, ".Size") ||
                     absl::StrContains(options.list.format, "json .}}");
  ASSIGN_OR_RETURN(
      std::vector<ContainerView> views,
      ViewAll(session, options.all || filter.wants_ended() || most >= 0, sizes, filter));
  if (most >= 0 && static_cast<size_t>(most) < views.size()) {
    views.resize(static_cast<size_t>(most));
  }
  if (options.list.quiet) {
    for (const ContainerView& view : views) {
      Print(ShortId(view.id, options.list.whole) + "\n");
    }
    return 0;
  }
  ASSIGN_OR_RETURN(const std::string text,
                   FormatList(AsJson(views), AsTable(views, options), options.list.format));
  Print(text);
  return 0;
}

}  // namespace

void DefinePs(Verb& verb) {
  verb.set_description("List containers");
  auto options = std::make_shared<PsOptions>();
  verb.AddFlag("-a,--all", options->all, "also those that do not run");
  AddListFlags(verb, options->list, /*has_ids=*/true);
  verb.Add("-n,--last", options->last, "only the newest, also those that do not run",
           {.type = "NUMBER"});
  verb.AddFlag("-s,--size", options->sizes, "what they have written, and with their images");
  verb.AddFlag("-l,--latest", options->latest, "only the newest one");
  verb.set_footer(
      "Filters: ancestor, exited, id, label, name, pod, status; before, health, network, since "
      "and\n"
      "volume choose of containers of the Engine API alone.");
  verb.set_action([options](const Session& session) { return RunPs(session, *options); });
}

}  // namespace berth::cli
