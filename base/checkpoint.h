// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace berth {

// Whether it is time to move a database's log into its file, which waits for the disk: there are
// changes, and none for a while or very many. Pure. The records of pods are moved over a connection
// of their own, since a start must never wait for that; those of snapshots over the only one.
bool CheckpointIsDue(int64_t changes_since_last, absl::Duration since_change);

}  // namespace berth
