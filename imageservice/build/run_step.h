// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/build/build_job.h"
#include "imageservice/build/instruction.h"
#include "imageservice/build/run_mount.h"

namespace berth::imageservice {

// RUN with everything resolved that it depends on.
struct RunWork {
  std::string place;  // RunStep's
  std::vector<std::string> command;
  std::vector<std::string> scripts;  // heredocs that are programs: /dev/pipes/0, …
  std::vector<std::string> environment;
  std::string working_directory;
  std::string user;
  std::string network;
  bool insecure = false;
  std::vector<RunMount> mounts;
  // Of each mount, where it is a tree: its chain; "" is the context's.
  std::vector<std::string> chains;
  std::vector<std::string> mount_digests;  // as DigestMounts says
};

// Gives `work` the command of a RUN that has heredocs.
void ReadScripts(const RunInstruction& run, const std::vector<std::string>& shell, RunWork& work);

// What the mounts contribute to the step's key.
absl::StatusOr<std::vector<std::string>> DigestMounts(const Call& call, const BuildJob& job,
                                                      const RunWork& work, const std::string& key);

// Runs it on top of `chain` in a rootfs of the name `key`; a layer of what it has written. `say`
// gets its output. Unknown, with the exit code (ExitCodeOf), when the command fails.
absl::StatusOr<AuthoredLayer> RunInLayer(const Call& call, const BuildJob& job,
                                         const std::string& chain, const std::string& key,
                                         const RunWork& work, const Say& say);

// The exit code of the command that has failed a build; 0 when it was none.
int ExitCodeOf(const absl::Status& status);

}  // namespace berth::imageservice
