// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/images.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

struct PushOptions {
  std::string name;
  bool all_tags = false;
  bool quiet = false;
};

absl::StatusOr<int> RunPush(const Session& session, const PushOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const imageservice::Credentials credentials, CredentialsFor(options.name));
  const auto [repository, tag] = SplitTag(options.name);
  if (options.all_tags && !tag.empty()) {
    return absl::InvalidArgumentError("tag can't be used with --all-tags/-a");
  }
  const std::string pushed = tag.empty() && !options.all_tags ? "latest" : tag;
  EngineCall call;
  call.method = "POST";
  call.target = EngineTarget({"/images", repository, "push"}, {{"tag", pushed}});
  call.headers = {{"X-Registry-Auth", RegistryAuthHeader(credentials)}};
  std::FILE* const out = options.quiet ? nullptr : stdout;
  ProgressDisplay display = DisplayOn(out);
  RETURN_IF_ERROR(ShowProgress(engine, call, display, out));
  if (options.quiet) {
    Print(absl::StrCat(options.name, "\n"));
  }
  return 0;
}

}  // namespace

void DefinePush(Verb& verb) {
  verb.set_description("Bring an image to its registry");
  auto options = std::make_shared<PushOptions>();
  verb.Add("IMAGE", options->name, "for example registry:5000/app:1", {.required = true});
  verb.AddFlag("-a,--all-tags", options->all_tags, "each name that its repository has here");
  verb.AddFlag("-q,--quiet", options->quiet, "only the name, at the end");
  verb.AddUsual("--disable-content-trust", "nothing is signed for Notary");
  verb.set_footer("Credentials come from docker's config.json and its credential helpers.");
  verb.set_action([options](const Session& session) { return RunPush(session, *options); });
}

}  // namespace berth::cli
