// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"

namespace berth::cli {
namespace {

struct StartOptions {
  std::vector<std::string> names;
  std::optional<int64_t> seconds;
};

absl::StatusOr<int> Run(const Session& session, const StartOptions& options,
                        const std::string& what) {
  return ForAllNamesAtOnce(options.names, [&](const std::string& name) -> absl::Status {
    ASSIGN_OR_RETURN(const EngineContainer container, FindEngineContainer(session, name, what));
    return PostToContainer(
        session, container.id, what,
        {{"t", options.seconds.has_value() ? absl::StrCat(*options.seconds) : ""}});
  });
}

void Add(CLI::App& root, Chosen& chosen, const std::string& what, const std::string& description) {
  CLI::App& verb = *root.add_subcommand(what, description);
  auto options = std::make_shared<StartOptions>();
  verb.add_option("CONTAINER", options->names, "names or ids")->required()->type_name("");
  if (what == "restart") {
    verb.add_option("-t,--time,--timeout", options->seconds, "before it is killed")
        ->check(CLI::NonNegativeNumber.description(""))
        ->type_name("SECONDS");
  }
  verb.footer("Containers of pods are started once, when they are made.");
  verb.callback([&chosen, options, what] {
    chosen.run = [options, what](const Session& session) { return Run(session, *options, what); };
  });
}

}  // namespace

void AddStart(CLI::App& root, Chosen& chosen) {
  Add(root, chosen, "start", "Start containers of docker's clients");
}

void AddRestart(CLI::App& root, Chosen& chosen) {
  Add(root, chosen, "restart", "Stop containers of docker's clients and start them again");
}

}  // namespace berth::cli
