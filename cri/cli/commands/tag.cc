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

void DefineTag(Verb& verb) {
  verb.set_description("Give an image one more name");
  auto options = std::make_shared<TagOptions>();
  verb.Add("SOURCE", options->source, "a name, digest or id", {.required = true});
  verb.Add("TARGET", options->target, "the new name, for example registry:5000/app:1",
           {.required = true});
  verb.set_action([options](const Session& session) { return RunTag(session, *options); });
}

}  // namespace berth::cli
