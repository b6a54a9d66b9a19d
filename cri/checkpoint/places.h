// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace berth::cri {

// What checkpoints keep below the daemon's root.
inline constexpr char kCheckpointKey[] = "checkpoint.key";
inline constexpr char kCheckpointScratch[] = "checkpoints";

// In the directory of a pod's checkpoint: which archives are in it.
inline constexpr char kPodOptions[] = "pod.options";

}  // namespace berth::cri
