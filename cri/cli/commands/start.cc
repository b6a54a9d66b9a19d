// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_run.h"

namespace berth::cli {
namespace {

struct StartOptions {
  std::vector<std::string> names;
  std::optional<int64_t> seconds;
  bool attach = false;
  bool input = false;
  std::string detach_keys;
  std::string signal;
};

absl::StatusOr<int> StartAndAttach(const Session& session, const StartOptions& options) {
  if (options.names.size() != 1) {
    return absl::InvalidArgumentError("only one container can be started and attached at once");
  }
  ASSIGN_OR_RETURN(const EngineContainer container,
                   FindEngineContainer(session, options.names[0], "start"));
  bool started = false;
  return StartAttached(session, container.id,
                       {.streams = {.input = options.input && container.has_input()},
                        .terminal = container.has_terminal(),
                        .detach_keys = options.detach_keys,
                        .removes_itself = container.removes_itself()},
                       started);
}

absl::StatusOr<int> Run(const Session& session, const StartOptions& options,
                        const std::string& what) {
  return ForAllNamesAtOnce(options.names, [&](const std::string& name) -> absl::Status {
    ASSIGN_OR_RETURN(const EngineContainer container, FindEngineContainer(session, name, what));
    return PostToContainer(
        session, container.id, what,
        {{"t", options.seconds.has_value() ? absl::StrCat(*options.seconds) : ""},
         {"signal", options.signal}});
  });
}

void Define(Verb& verb, const std::string& what) {
  auto options = std::make_shared<StartOptions>();
  verb.Add("CONTAINER", options->names, "names or ids", {.required = true});
  if (what == "restart") {
    verb.Add("-t,--time,--timeout", options->seconds, "before it is killed",
             {.type = "SECONDS", .check = IsNonNegative});
    verb.Add("-s,--signal", options->signal, "that stops it, instead of its own",
             {.type = "SIGNAL"});
  }
  if (what == "start") {
    verb.AddFlag("-a,--attach", options->attach, "show its output; its exit code is ours");
    verb.AddFlag("-i,--interactive", options->input, "as -a, and pass our input on");
    AddDetachKeys(verb, options->detach_keys);
  }
  verb.set_footer("Containers of pods are started once, when they are made.");
  verb.set_action([options, what](const Session& session) {
    return options->attach || options->input ? StartAndAttach(session, *options)
                                             : Run(session, *options, what);
  });
}

}  // namespace

void DefineStart(Verb& verb) {
  verb.set_description("Start containers of docker's clients");
  Define(verb, "start");
}

void DefineRestart(Verb& verb) {
  verb.set_description("Stop containers of docker's clients and start them again");
  Define(verb, "restart");
}

}  // namespace berth::cli
