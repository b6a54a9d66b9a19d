// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_view.h"
#include "cri/cli/doors.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

struct PortOptions {
  std::string container;
  std::string port;
};

absl::StatusOr<std::vector<v1::PortMapping>> PortsOf(const Session& session,
                                                     const std::string& name) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const AnyTarget found, FindContainer(session, client, name));
  if (const auto* container = std::get_if<EngineContainer>(&found); container != nullptr) {
    return EngineViewOf(container->details).ports;
  }
  ASSIGN_OR_RETURN(const v1::PodSandboxStatusResponse pod,
                   client.PodStatus(std::get<Target>(found).pod_id));
  return PortsIn(InfoIn(pod));
}

// "0.0.0.0:8080" of "0.0.0.0:8080->80/tcp", and the other way round.
absl::StatusOr<int> RunPort(const Session& session, const PortOptions& options) {
  const std::string wanted = options.port.empty() || absl::StrContains(options.port, "/")
                                 ? options.port
                                 : options.port + "/tcp";
  ASSIGN_OR_RETURN(const std::vector<v1::PortMapping> ports, PortsOf(session, options.container));
  bool any = false;
  for (const v1::PortMapping& mapping : ports) {
    const std::pair<std::string, std::string> sides = absl::StrSplit(PortText(mapping), "->");
    if (sides.second.empty() || (!wanted.empty() && wanted != sides.second)) {
      continue;
    }
    any = true;
    Print(wanted.empty() ? absl::StrCat(sides.second, " -> ", sides.first, "\n")
                         : absl::StrCat(sides.first, "\n"));
  }
  return any || wanted.empty()
             ? absl::StatusOr<int>(0)
             : absl::NotFoundError(
                   absl::StrCat("no public port '", wanted, "' published for ", options.container));
}

}  // namespace

void DefinePort(Verb& verb) {
  verb.set_description("Show where the host has a container's ports");
  auto options = std::make_shared<PortOptions>();
  verb.Add("CONTAINER", options->container, "a name or id", {.required = true});
  verb.Add("PORT", options->port, "of the container: 80 or 53/udp; else all");
  verb.set_action([options](const Session& session) { return RunPort(session, *options); });
}

}  // namespace berth::cli
