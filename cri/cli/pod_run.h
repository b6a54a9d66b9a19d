// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"

#include "cri/cli/run_options.h"
#include "cri/cli/session.h"

namespace berth::cli {

// `berth run` by CRI: a container in a pod of its own, or in one that is there. Its exit code; 0
// for one that goes on without us, whose id is printed where it is detached.
absl::StatusOr<int> RunInPod(const Session& session, const RunOptions& options);

}  // namespace berth::cli
