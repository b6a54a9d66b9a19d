// SPDX-License-Identifier: Apache-2.0
#include "base/version.h"

#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

absl::StatusOr<v1::VersionResponse> AskServer(const Session& session) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  return client.Call(&Client::Runtime::Version, v1::VersionRequest(), "asking for the version");
}

// Scripts write templates with docker's fields: the Engine API's, but for APIVersion.
absl::StatusOr<int> RunVersionByTemplate(const Session& session, const std::string& format) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(berth::Json server, engine.AskJson({.target = EngineTarget({"/version"})}));
  server["APIVersion"] = server["ApiVersion"];
  const Json versions = {{"Client", {{"Version", kVersion}}}, {"Server", Json(server)}};
  ASSIGN_OR_RETURN(const std::string text, FormatInspected(Json::array({versions}), format));
  Print(text);
  return 0;
}

// The client's part is shown even when the daemon does not answer.
absl::StatusOr<int> RunVersion(const Session& session, const std::string& format) {
  if (IsTemplate(format)) {
    return RunVersionByTemplate(session, format);
  }
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
  AddWholeFormat(verb, *format);
  verb.set_action([format](const Session& session) { return RunVersion(session, *format); });
}

}  // namespace berth::cli
