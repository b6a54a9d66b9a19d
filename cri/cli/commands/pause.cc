// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_calls.h"

namespace berth::cli {
namespace {

absl::StatusOr<int> Run(const Session& session, const std::vector<std::string>& names,
                        const std::string& what) {
  return ForEachName(names, [&](const std::string& name) -> absl::Status {
    ASSIGN_OR_RETURN(const std::string container, EngineName(session, name));
    return PostToContainer(session, container, what);
  });
}

void Define(Verb& verb, const std::string& what) {
  auto names = std::make_shared<std::vector<std::string>>();
  verb.Add("CONTAINER", *names, "names or ids", {.required = true});
  verb.set_action([names, what](const Session& session) { return Run(session, *names, what); });
}

}  // namespace

void DefinePause(Verb& verb) {
  verb.set_description("Let no process of containers run");
  Define(verb, "pause");
}

void DefineUnpause(Verb& verb) {
  verb.set_description("Let paused containers go on");
  Define(verb, "unpause");
}

}  // namespace berth::cli
