// SPDX-License-Identifier: Apache-2.0
#include "base/version.h"

#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

absl::StatusOr<v1::VersionResponse> AskServer(const Session& session) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  return client.Call(&Client::Runtime::Version, v1::VersionRequest(), "asking for the version");
}

// The client's part is shown even when the daemon does not answer.
absl::StatusOr<int> RunVersion(const Session& session, const std::string& format) {
  const absl::StatusOr<v1::VersionResponse> server = AskServer(session);
  if (format == "json") {
    Json json = {{"client", {{"version", kVersion}}}, {"server", nullptr}};
    if (server.ok()) {
      json["server"] = MessageJson(*server);
    }
    Print(Pretty(json));
  } else {
    Print(absl::StrCat("Client: berth ", kVersion, "\n"));
    if (server.ok()) {
      Print(absl::StrCat("Server: ", server->runtime_name(), " ", server->runtime_version(),
                         " (CRI ", server->runtime_api_version(), ") at ", session.address, "\n"));
    }
  }
  RETURN_IF_ERROR(server.status());
  return 0;
}

}  // namespace

void DefineVersion(Verb& verb) {
  verb.set_description("Show the versions of client and daemon");
  auto format = std::make_shared<std::string>("table");
  AddFormat(verb, *format);
  verb.set_action([format](const Session& session) { return RunVersion(session, *format); });
}

}  // namespace berth::cli
