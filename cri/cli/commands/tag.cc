// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"

namespace berth::cli {
namespace {

struct TagOptions {
  std::string source;
  std::string target;
};

absl::StatusOr<int> RunTag(const Session& session, const TagOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  const auto [repository, tag] = SplitTag(options.target);
  EngineCall call;
  call.method = "POST";
  call.target = EngineTarget({"/images", options.source, "tag"},
                             {{"repo", repository}, {"tag", tag.empty() ? "latest" : tag}});
  RETURN_IF_ERROR(engine.Ask(call).status());
  return 0;
}

}  // namespace

void AddTag(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("tag", "Give an image one more name");
  auto options = std::make_shared<TagOptions>();
  verb.add_option("SOURCE", options->source, "a name, digest or id")->required()->type_name("");
  verb.add_option("TARGET", options->target, "the new name, for example registry:5000/app:1")
      ->required()
      ->type_name("");
  verb.callback([&chosen, options] {
    chosen.run = [options](const Session& session) { return RunTag(session, *options); };
  });
}

}  // namespace berth::cli
