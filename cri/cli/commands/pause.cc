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

void Add(CLI::App& root, Chosen& chosen, const std::string& what, const std::string& description) {
  CLI::App& verb = *root.add_subcommand(what, description);
  auto names = std::make_shared<std::vector<std::string>>();
  verb.add_option("CONTAINER", *names, "names or ids")->required()->type_name("");
  verb.callback([&chosen, names, what] {
    chosen.run = [names, what](const Session& session) { return Run(session, *names, what); };
  });
}

}  // namespace

void AddPause(CLI::App& root, Chosen& chosen) {
  Add(root, chosen, "pause", "Let no process of containers run");
}

void AddUnpause(CLI::App& root, Chosen& chosen) {
  Add(root, chosen, "unpause", "Let paused containers go on");
}

}  // namespace berth::cli
