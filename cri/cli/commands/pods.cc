// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_view.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

struct PodsOptions {
  bool quiet = false;
  bool whole = false;
  std::string format = "table";
};

Json AsJson(const std::vector<PodView>& views) {
  Json array = Json::array();
  for (const PodView& view : views) {
    Json ports = Json::array();
    for (const v1::PortMapping& port : view.ports) {
      ports.push_back(MessageJson(port));
    }
    array.push_back({{"id", view.pod.id()},
                     {"name", view.pod.metadata().name()},
                     {"namespace", view.pod.metadata().namespace_()},
                     {"uid", view.pod.metadata().uid()},
                     {"attempt", view.pod.metadata().attempt()},
                     {"state", StateName(view.pod.state())},
                     {"createdAt", Rfc3339(view.pod.created_at())},
                     {"ips", view.ips},
                     {"ports", ports},
                     {"containers", view.containers},
                     {"containersRunning", view.running},
                     {"labels", view.pod.labels()},
                     {"annotations", view.pod.annotations()}});
  }
  return array;
}

Table AsTable(const std::vector<PodView>& views, bool whole) {
  const absl::Time now = absl::Now();
  Table table(Columns{{"POD ID", "ID"},
                      {"NAME"},
                      {"NAMESPACE"},
                      {"STATUS"},
                      {"CONTAINERS"},
                      {"IP", "IP"},
                      {"CREATED", "CreatedSince"},
                      {"CREATED AT", "", true},
                      {"LABELS", "", true}});
  for (const PodView& view : views) {
    const absl::Time created =
        absl::FromUnixSeconds(absl::ToUnixSeconds(absl::FromUnixNanos(view.pod.created_at())));
    const std::map<std::string, std::string> labels(view.pod.labels().begin(),
                                                    view.pod.labels().end());
    table.Add({ShortId(view.pod.id(), whole), view.pod.metadata().name(),
               view.pod.metadata().namespace_(),
               view.pod.state() == v1::SANDBOX_READY ? "Ready" : "NotReady",
               absl::StrCat(view.running, "/", view.containers), absl::StrJoin(view.ips, ","),
               absl::StrCat(HumanDuration(now - created), " ago"),
               CreationText(created, absl::LocalTimeZone()),
               absl::StrJoin(labels, ",", absl::PairFormatter("="))},
              labels);
  }
  return table;
}

absl::StatusOr<int> RunPods(const Session& session, const PodsOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  if (options.quiet) {
    for (const v1::PodSandbox& pod : inventory.pods) {
      Print(ShortId(pod.id(), options.whole) + "\n");
    }
    return 0;
  }
  ASSIGN_OR_RETURN(const std::vector<PodView> views, ViewPods(client, inventory));
  ASSIGN_OR_RETURN(const std::string text,
                   FormatList(AsJson(views), AsTable(views, options.whole), options.format));
  Print(text);
  return 0;
}

}  // namespace

void DefinePods(Verb& verb) {
  verb.set_description("List pods");
  auto options = std::make_shared<PodsOptions>();
  verb.AddFlag("-q,--quiet", options->quiet, "only ids");
  verb.AddFlag("--no-trunc", options->whole, "whole ids");
  AddRowFormat(verb, options->format);
  verb.set_action([options](const Session& session) { return RunPods(session, *options); });
}

}  // namespace berth::cli
