// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/conversation.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_process.h"
#include "cri/cli/launch.h"
#include "cri/cli/option_syntax.h"
#include "cri/cli/output.h"
#include "cri/cli/run_flags.h"

namespace berth::cli {
namespace {

struct ExecOptions {
  std::vector<std::string> words;  // the container, the command
  std::string container;
  std::vector<std::string> environment_files;
  ExecRequest request;
  int64_t timeout_seconds = 0;

  // CRI's own calls know a command and its streams only.
  bool needs_engine() const {
    return !request.environment.empty() || !request.user.empty() ||
           !request.working_directory.empty() || request.privileged || request.detached ||
           !request.detach_keys.empty();
  }
};

// By ExecSync, which knows a timeout: no input, and the output at the end.
absl::StatusOr<int> RunToTheEnd(const Client& client, const Target& target,
                                const ExecOptions& options) {
  v1::ExecSyncRequest request;
  request.set_container_id(target.id);
  request.mutable_cmd()->Assign(options.request.command.begin(), options.request.command.end());
  request.set_timeout(options.timeout_seconds);
  ASSIGN_OR_RETURN(
      const v1::ExecSyncResponse response,
      client.Call(&Client::Runtime::ExecSync, request,
                  absl::StrCat("running ", options.request.command.front(), " in ", target.name),
                  absl::InfiniteDuration()));
  Print(response.stdout());
  fwrite(response.stderr().data(), 1, response.stderr().size(), stderr);
  return response.exit_code();
}

absl::StatusOr<int> RunWithStreams(const Client& client, const Target& target,
                                   const ExecOptions& options) {
  v1::ExecRequest request;
  request.set_container_id(target.id);
  request.mutable_cmd()->Assign(options.request.command.begin(), options.request.command.end());
  request.set_stdin(options.request.input);
  request.set_stdout(true);
  request.set_stderr(!options.request.terminal);
  request.set_tty(options.request.terminal);
  const std::string what =
      absl::StrCat("running ", options.request.command.front(), " in ", target.name);
  ASSIGN_OR_RETURN(const v1::ExecResponse response,
                   client.Call(&Client::Runtime::Exec, request, what));
  absl::StatusOr<ConversationEnd> end = Converse(
      response.url(), {.input = options.request.input, .terminal = options.request.terminal});
  RETURN_IF_ERROR(Annotate(end.status(), what));
  return end->exit_code;
}

absl::Status Check(const ExecOptions& options) {
  const ExecRequest& request = options.request;
  if (options.timeout_seconds > 0 && (request.input || request.terminal)) {
    return absl::InvalidArgumentError("--timeout: not together with -i or -t");
  }
  if (options.timeout_seconds > 0 && options.needs_engine()) {
    return absl::InvalidArgumentError(
        "--timeout: not together with -d, -e, -u, -w, --detach-keys and --privileged");
  }
  if (request.terminal && !request.detached && isatty(STDIN_FILENO) == 0) {
    return absl::InvalidArgumentError("-t: the input is no terminal");
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Execute(const Session& session, const ExecOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const AnyTarget found, FindContainer(session, client, options.container));
  const auto* of_pod = std::get_if<Target>(&found);
  if (of_pod != nullptr && !options.needs_engine()) {
    return options.timeout_seconds > 0 ? RunToTheEnd(client, *of_pod, options)
                                       : RunWithStreams(client, *of_pod, options);
  }
  if (options.timeout_seconds > 0) {
    return absl::InvalidArgumentError("--timeout: only for containers of pods");
  }
  if (of_pod != nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(of_pod->name,
                     " is a container of a pod, in which CRI runs no command with "
                     "-d, -e, -u, -w, --detach-keys or --privileged"));
  }
  return ExecByEngine(session, std::get<EngineContainer>(found).id, options.request);
}

absl::StatusOr<int> RunExec(const Session& session, const ExecOptions& options) {
  RETURN_IF_ERROR(Check(options));
  const absl::StatusOr<int> code = Execute(session, options);
  if (absl::IsDeadlineExceeded(code.status()) && options.timeout_seconds > 0) {
    PrintError(code.status());
    return kExitTimeout;
  }
  return code.ok() ? *code : TellStartFailure(code.status());
}

}  // namespace

void DefineExec(Verb& verb) {
  verb.set_description("Run a command in a running container");
  auto options = std::make_shared<ExecOptions>();
  verb.TakeWords(options->words, "CONTAINER COMMAND [ARG...]", {"CONTAINER", "COMMAND"});
  verb.Add("--timeout", options->timeout_seconds,
           "before the command is killed; its output is shown at the end then",
           {.type = "SECONDS", .check = IsNonNegative});
  ExecRequest& request = options->request;
  verb.AddFlag("-i,--interactive", request.input, "our input is the command's");
  verb.AddFlag("-t,--tty", request.terminal, "the command gets a terminal");
  verb.AddFlag("-d,--detach", request.detached, "leave it running");
  verb.Add("-e,--env", request.environment, "a variable", {.type = "NAME=VALUE"});
  verb.Add("--env-file", options->environment_files, "a file with a variable in each line",
           {.type = "FILE"});
  AddDetachKeys(verb, request.detach_keys);
  verb.Add("-u,--user", request.user, "by name or number, also with a group",
           {.type = "USER[:GROUP]"});
  verb.Add("-w,--workdir", request.working_directory, "the command's directory", {.type = "PATH"});
  verb.AddFlag("--privileged", request.privileged, "all capabilities");
  verb.set_failure_code(kExitOwnFailure);
  verb.set_action([options](const Session& session) -> absl::StatusOr<int> {
    options->container = options->words.front();
    options->request.command.assign(options->words.begin() + 1, options->words.end());
    std::vector<std::string>& environment = options->request.environment;
    RETURN_IF_ERROR(PrependLines(options->environment_files, environment));
    ASSIGN_OR_RETURN(environment, ResolveEnvironment(environment, SurroundingsOf("").environment));
    return RunExec(session, *options);
  });
}

}  // namespace berth::cli
