// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/match.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"

namespace berth::cli {
namespace {

struct ImportOptions {
  std::string from;
  std::string name;
  std::string message;
  std::string platform;
  std::vector<std::string> changes;
};

absl::StatusOr<int> RunImport(const Session& session, const ImportOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  const bool fetched =
      absl::StartsWith(options.from, "http://") || absl::StartsWith(options.from, "https://");
  const auto [repository, tag] = SplitTag(options.name);
  std::vector<std::pair<std::string, std::string>> query = {
      {"fromSrc", fetched ? options.from : "-"},
      {"repo", repository},
      {"tag", tag},
      {"message", options.message},
      {"platform", options.platform}};
  for (const std::string& change : options.changes) {
    query.emplace_back("changes", change);
  }
  EngineCall call;
  call.method = "POST";
  call.target = EngineTarget({"/images/create"}, query);
  RETURN_IF_ERROR(fetched ? absl::OkStatus() : SendFile(call, options.from, "FILE"));
  ProgressDisplay display = DisplayOn(stdout);
  RETURN_IF_ERROR(ShowProgress(engine, call, display, stdout));
  return 0;
}

}  // namespace

void DefineImport(Verb& verb) {
  verb.set_description("Make an image of one layer from an archive");
  auto options = std::make_shared<ImportOptions>();
  verb.Add("FILE", options->from, "a file, a URL, or - for stdin", {.required = true});
  verb.Add("NAME", options->name, "the image's name");
  verb.Add("-c,--change", options->changes, "a Dockerfile's instruction, such as CMD",
           {.type = "INSTRUCTION"});
  verb.Add("-m,--message", options->message, "for its history", {.type = "TEXT"});
  verb.Add("--platform", options->platform, "os/architecture, if not the daemon's",
           {.type = "PLATFORM"});
  verb.set_action([options](const Session& session) { return RunImport(session, *options); });
}

}  // namespace berth::cli
