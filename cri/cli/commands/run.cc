// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_request.h"
#include "cri/cli/engine_run.h"
#include "cri/cli/pod_run.h"
#include "cri/cli/run_flags.h"

namespace berth::cli {
namespace {

absl::StatusOr<int> RunRun(const Session& session, const RunWords& said) {
  ASSIGN_OR_RETURN(const RunOptions options, ReadRunOptions(said));
  if (options.terminal && !options.detach && isatty(STDIN_FILENO) == 0) {
    return absl::InvalidArgumentError("-t: the input is no terminal");
  }
  const std::string reason = NeedsEngine(options);
  if (reason.empty()) {
    return RunInPod(session, options);
  }
  return options.pod.empty()
             ? RunByEngine(session, options)
             : absl::InvalidArgumentError(absl::StrCat(
                   reason, ": not together with --pod: CRI has no such thing for its containers"));
}

}  // namespace

void DefineRun(Verb& verb) {
  verb.set_description("Run a container, in a pod of its own");
  auto said = std::make_shared<RunWords>();
  verb.AddFlag("-d,--detach", said->options.detach, "print the id and leave it running");
  verb.Add("--pod", said->options.pod, "run in this pod, beside what is there", {.type = "POD"});
  AddRunFlags(verb, *said);
  AddDetachKeys(verb, said->options.detach_keys);
  verb.AddFlag("--sig-proxy,!--no-sig-proxy", said->options.engine.passes_signals,
               "an interrupt stops it; else it runs on without us");
  verb.set_footer(
      "With an option that CRI has nothing for, such as --restart, --mount or --network NAME, it\n"
      "is a container of the Engine API, as docker's are.");
  verb.set_failure_code(kExitOwnFailure);
  verb.set_action([said](const Session& session) { return RunRun(session, *said); });
}

}  // namespace berth::cli
