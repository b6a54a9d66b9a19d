// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "cri/cli/run_options.h"
#include "cri/cli/verb.h"

namespace berth::cli {

// What a command line of `run` or `create` says.
struct RunWords {
  RunOptions options;
  std::vector<std::string> words;              // the image, the command
  std::vector<std::string> networks;           // of --network
  std::vector<std::string> environment_files;  // of --env-file
  std::vector<std::string> label_files;        // of --label-file
};

// Declares the options and words that both verbs have; `said` must outlive it.
void AddRunFlags(Verb& verb, RunWords& said);

// The ones of them that `update` has, too.
void AddLimitFlags(Verb& verb, RunOptions& options);
void AddRestartFlag(Verb& verb, RunOptions& options);

// The limits that a build's steps can have as well.
void AddBuildLimitFlags(Verb& verb, RunOptions& options);

// Puts the lines of files, as ParseLineFile has them, before what has been given: that counts
// where both have a name. A bad one is told with its file.
absl::Status PrependLines(const std::vector<std::string>& paths, std::vector<std::string>& given);

// The options with the image and the command, and with what is in the files that they name.
// InvalidArgument for those that do not go together.
absl::StatusOr<RunOptions> ReadRunOptions(const RunWords& said);

}  // namespace berth::cli
