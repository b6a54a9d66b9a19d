// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
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
  EngineCall call;
  call.method = "POST";
  call.target = EngineTarget({"/commit"}, query);
  ASSIGN_OR_RETURN(const berth::Json made, engine.AskJson(call));
  Print(absl::StrCat(JsonString(made, "Id").value_or(""), "\n"));
  return 0;
}

}  // namespace

void AddCommit(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("commit", "Make an image of a container's files");
  auto options = std::make_shared<CommitOptions>();
  verb.add_option("CONTAINER", options->container, "a name or id")->required()->type_name("");
  verb.add_option("NAME", options->name, "the image's name, for example app:1")->type_name("");
  verb.add_option("-a,--author", options->author, "for its history")->type_name("WHO");
  verb.add_option("-c,--change", options->changes, "a Dockerfile's instruction, such as CMD")
      ->type_name("INSTRUCTION")
      ->allow_extra_args(false);
  verb.add_option("-m,--message", options->message, "for its history")->type_name("TEXT");
  verb.add_flag("-p,--pause,!--no-pause", options->pause,
                "stop its processes meanwhile (the usual)");
  verb.callback([&chosen, options] {
    chosen.run = [options](const Session& session) { return RunCommit(session, *options); };
  });
}

}  // namespace berth::cli
