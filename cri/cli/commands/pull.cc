// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/images.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

struct PullOptions {
  std::vector<std::string> names;
  bool quiet = false;
};

absl::StatusOr<int> RunPull(const Session& session, const PullOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  for (const std::string& name : options.names) {
    ASSIGN_OR_RETURN(const PulledImage pulled, PullImage(client, name));
    Print(options.quiet ? pulled.image.id() + "\n" : PullReport(name, pulled));
  }
  return 0;
}

}  // namespace

void DefinePull(Verb& verb) {
  verb.set_description("Get images from a registry");
  auto options = std::make_shared<PullOptions>();
  verb.Add("IMAGE", options->names, "for example nginx:1.27 or registry:5000/app@sha256:…",
           {.required = true});
  verb.AddFlag("-q,--quiet", options->quiet, "only the image's id");
  verb.set_footer("Credentials come from docker's config.json and its credential helpers.");
  verb.set_action([options](const Session& session) { return RunPull(session, *options); });
}

}  // namespace berth::cli
