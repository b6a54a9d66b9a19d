// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/conversation.h"
#include "cri/cli/launch.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

struct ExecOptions {
  std::string container;
  std::vector<std::string> command;
  int64_t timeout_seconds = 0;
  bool interactive = false;
  bool terminal = false;
};

// By ExecSync, which knows a timeout: no input, and the output at the end.
absl::StatusOr<int> RunToTheEnd(const Client& client, const Target& target,
                                const ExecOptions& options) {
  v1::ExecSyncRequest request;
  request.set_container_id(target.id);
  request.mutable_cmd()->Assign(options.command.begin(), options.command.end());
  request.set_timeout(options.timeout_seconds);
  ASSIGN_OR_RETURN(
      const v1::ExecSyncResponse response,
      client.Call(&Client::Runtime::ExecSync, request,
                  absl::StrCat("running ", options.command.front(), " in ", target.name),
                  absl::InfiniteDuration()));
  Print(response.stdout());
  fwrite(response.stderr().data(), 1, response.stderr().size(), stderr);
  return response.exit_code();
}

absl::StatusOr<int> RunWithStreams(const Client& client, const Target& target,
                                   const ExecOptions& options) {
  v1::ExecRequest request;
  request.set_container_id(target.id);
  request.mutable_cmd()->Assign(options.command.begin(), options.command.end());
  request.set_stdin(options.interactive);
  request.set_stdout(true);
  request.set_stderr(!options.terminal);
  request.set_tty(options.terminal);
  const std::string what = absl::StrCat("running ", options.command.front(), " in ", target.name);
  ASSIGN_OR_RETURN(const v1::ExecResponse response,
                   client.Call(&Client::Runtime::Exec, request, what));
  absl::StatusOr<ConversationEnd> end =
      Converse(response.url(), {.input = options.interactive, .terminal = options.terminal});
  RETURN_IF_ERROR(Annotate(end.status(), what));
  return end->exit_code;
}

absl::StatusOr<int> RunExec(const Session& session, const ExecOptions& options) {
  if (options.timeout_seconds > 0 && (options.interactive || options.terminal)) {
    return absl::InvalidArgumentError("--timeout: not together with -i or -t");
  }
  if (options.terminal && isatty(STDIN_FILENO) == 0) {
    return absl::InvalidArgumentError("-t: the input is no terminal");
  }
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  ASSIGN_OR_RETURN(const Target target,
                   FindTarget(inventory, options.container, TargetKind::kContainer));
  const absl::StatusOr<int> code = options.timeout_seconds > 0
                                       ? RunToTheEnd(client, target, options)
                                       : RunWithStreams(client, target, options);
  if (!code.ok()) {
    PrintError(code.status());
    return StartFailureCode(code.status().message());
  }
  return *code;
}

}  // namespace

void AddExec(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("exec", "Run a command in a running container");
  auto options = std::make_shared<ExecOptions>();
  TakeWords(verb, "CONTAINER COMMAND [ARG...]");
  verb.add_option("--timeout", options->timeout_seconds,
                  "before the command is killed; its output is shown at the end then")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("SECONDS");
  verb.add_flag("-i,--interactive", options->interactive, "our input is the command's");
  verb.add_flag("-t,--tty", options->terminal, "the command gets a terminal");
  verb.callback([&chosen, &verb, options] {
    chosen.failure_code = kExitOwnFailure;
    std::vector<std::string> words = WordsOf(verb, {"CONTAINER", "COMMAND"});
    options->container = words.front();
    options->command.assign(words.begin() + 1, words.end());
    chosen.run = [options](const Session& session) { return RunExec(session, *options); };
  });
}

}  // namespace berth::cli
