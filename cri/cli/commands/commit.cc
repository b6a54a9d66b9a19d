// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

struct CommitOptions {
  std::string container;
  std::string name;
  std::string author;
  std::string message;
  std::vector<std::string> changes;
  bool pause = true;
};

absl::StatusOr<int> RunCommit(const Session& session, const CommitOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const std::string container, EngineName(session, options.container));
  const auto [repository, tag] = SplitTag(options.name);
  std::vector<std::pair<std::string, std::string>> query = {{"container", container},
                                                            {"repo", repository},
                                                            {"tag", tag},
                                                            {"author", options.author},
                                                            {"comment", options.message},
                                                            {"pause", options.pause ? "1" : "0"}};
  for (const std::string& change : options.changes) {
    query.emplace_back("changes", change);
  }
  ASSIGN_OR_RETURN(const std::string id,
                   MakeByEngine(engine, PostCall(EngineTarget({"/commit"}, query))));
  Print(absl::StrCat(id, "\n"));
  return 0;
}

}  // namespace

void DefineCommit(Verb& verb) {
  verb.set_description("Make an image of a container's files");
  auto options = std::make_shared<CommitOptions>();
  verb.Add("CONTAINER", options->container, "a name or id", {.required = true});
  verb.Add("NAME", options->name, "the image's name, for example app:1");
  verb.Add("-a,--author", options->author, "for its history", {.type = "WHO"});
  verb.Add("-c,--change", options->changes, "a Dockerfile's instruction, such as CMD",
           {.type = "INSTRUCTION"});
  verb.Add("-m,--message", options->message, "for its history", {.type = "TEXT"});
  verb.AddFlag("-p,--pause,!--no-pause", options->pause,
               "stop its processes meanwhile (the usual)");
  verb.set_action([options](const Session& session) { return RunCommit(session, *options); });
}

}  // namespace berth::cli
