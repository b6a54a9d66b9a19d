// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/image_pull.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

struct PullOptions {
  std::vector<std::string> names;
  std::string platform;
  bool all_tags = false;
  bool quiet = false;
};

// CRI pulls one image of a name, for the node's own platform, and shows no progress.
bool IsPulledByEngine(const Session& session, const PullOptions& options) {
  return options.all_tags || !options.platform.empty() ||
         (!options.quiet && ShowsProgressOn(session, stdout));
}

absl::StatusOr<int> RunPull(const Session& session, const PullOptions& options) {
  const bool by_engine = IsPulledByEngine(session, options);
  for (const std::string& name : options.names) {
    if (by_engine) {
      const EnginePull pull = {
          .name = name, .platform = options.platform, .all_tags = options.all_tags};
      RETURN_IF_ERROR(PullByEngine(session, pull, options.quiet ? nullptr : stdout));
      Print(options.quiet ? absl::StrCat(name, "\n") : "");
      continue;
    }
    ASSIGN_OR_RETURN(const Client client, session.Connect());
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
  verb.AddFlag("-a,--all-tags", options->all_tags, "each tag that its repository has");
  verb.Add("--platform", options->platform, "os/architecture, if not the daemon's",
           {.type = "PLATFORM"});
  verb.AddFlag("-q,--quiet", options->quiet, "only the image's id; with -a or --platform its name");
  verb.AddUsual("--disable-content-trust", "no signatures of Notary are looked at");
  verb.set_footer("Credentials come from docker's config.json and its credential helpers.");
  verb.set_action([options](const Session& session) { return RunPull(session, *options); });
}

}  // namespace berth::cli
