// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "cri/cli/client.h"
#include "cri/cli/lookup.h"

// Stopping and removing as people mean it: a pod that `berth run` made goes with its last
// container.
namespace berth::cli {

inline constexpr absl::Duration kDefaultGrace = absl::Seconds(10);

// Where pods of `berth run` log: a directory each below it. BERTH_LOG_DIR or /var/log/berth.
std::string LogRoot();

// A container: stopped, and its pod too when `berth run` made it and nothing else runs there. A
// pod: its containers, each with the grace, then the pod. What has ended already is success.
absl::Status StopTarget(const Client& client, const Inventory& inventory, const Target& target,
                        absl::Duration grace);

// Removes the container or pod with the logs that `berth run` made for it. FailedPrecondition when
// it runs and not `force`, which kills.
absl::Status RemoveTarget(const Client& client, const Inventory& inventory, const Target& target,
                          bool force);

// Leaves a process of its own behind that removes the container, of either door, with its anonymous
// volumes when it has ended.
absl::Status RemoveWhenExited(const std::string& address, const std::string& id);

}  // namespace berth::cli
