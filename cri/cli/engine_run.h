// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "cri/cli/id_file.h"
#include "cri/cli/run_options.h"
#include "cri/cli/session.h"

namespace berth::cli {

// Makes the container that the options mean; its id, which is also written to `id_file`. The image
// is pulled as `--pull` says. AlreadyExists when a container of either door or a pod has the name.
absl::StatusOr<std::string> CreateByEngine(const Session& session, const RunOptions& options,
                                           IdFile& id_file);

struct AttachedStart {
  ConnectedStreams streams;
  bool terminal = false;
  std::string detach_keys = {};  // as ParseDetachKeys takes them
  bool removes_itself = false;
  bool passes_signals = true;  // else they act upon us alone
};

// Starts the container with our streams connected, follows it to its end, and passes signals on as
// stops, unless they are not to be; its exit code. `started` is true once it runs. One at a time in
// a process.
absl::StatusOr<int> StartAttached(const Session& session, const std::string& id,
                                  const AttachedStart& how, bool& started);

// `berth run` by the Engine API: its exit code; 0 for one that goes on without us, whose id is
// printed where it is detached. What does not start is removed again.
absl::StatusOr<int> RunByEngine(const Session& session, const RunOptions& options);

}  // namespace berth::cli
