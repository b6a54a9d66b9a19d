// SPDX-License-Identifier: Apache-2.0
#pragma once

// What checkpoints keep below the daemon's root.
namespace berth::cri {

inline constexpr char kCheckpointKey[] = "checkpoint.key";
inline constexpr char kCheckpointScratch[] = "checkpoints";

}  // namespace berth::cri
