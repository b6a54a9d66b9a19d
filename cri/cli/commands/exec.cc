// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/launch.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

struct ExecOptions {
  std::string container;
  std::vector<std::string> command;
  int64_t timeout_seconds = 0;
  bool terminal = false;
};

absl::StatusOr<int> RunExec(const Session& session, const ExecOptions& options) {
  if (options.terminal) {
    return absl::UnimplementedError(
        "exec -i and -t need streaming, which is not there yet; without them the command runs with "
        "no input and its output is shown at its end");
  }
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  ASSIGN_OR_RETURN(const Target target,
                   FindTarget(inventory, options.container, TargetKind::kContainer));
  v1::ExecSyncRequest request;
  request.set_container_id(target.id);
  request.mutable_cmd()->Assign(options.command.begin(), options.command.end());
  request.set_timeout(options.timeout_seconds);
  const absl::StatusOr<v1::ExecSyncResponse> response =
      client.Call(&Client::Runtime::ExecSync, request,
                  absl::StrCat("running ", options.command.front(), " in ", target.name),
                  absl::InfiniteDuration());
  if (!response.ok()) {
    PrintError(response.status());
    return StartFailureCode(response.status().message());
  }
  Print(response->stdout());
  fwrite(response->stderr().data(), 1, response->stderr().size(), stderr);
  return response->exit_code();
}

}  // namespace

void AddExec(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("exec", "Run a command in a running container");
  auto options = std::make_shared<ExecOptions>();
  TakeWords(verb, "CONTAINER COMMAND [ARG...]");
  verb.add_option("--timeout", options->timeout_seconds,
                  "before the command is killed; else there is no limit")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("SECONDS");
  verb.add_flag("-i,--interactive,-t,--tty", options->terminal, "not there yet");
  verb.callback([&chosen, &verb, options] {
    chosen.failure_code = kExitOwnFailure;
    std::vector<std::string> words = WordsOf(verb, {"CONTAINER", "COMMAND"});
    options->container = words.front();
    options->command.assign(words.begin() + 1, words.end());
    chosen.run = [options](const Session& session) { return RunExec(session, *options); };
  });
}

}  // namespace berth::cli
