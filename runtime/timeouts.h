// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/time/time.h"

// How long what is done again and again may take, whoever asks for it.
namespace berth::runtime {

// To kill everything in a cgroup. Only what sleeps in the kernel lives longer, and whoever must be
// rid of it tries again.
inline constexpr absl::Duration kKillTimeout = absl::Seconds(10);

// For a shim to answer. One that works does so at once; without one that hangs things go on, by its
// cgroup.
inline constexpr absl::Duration kShimAnswerTimeout = absl::Seconds(3);

// The same where nothing goes on without it: a slow machine has that long.
inline constexpr absl::Duration kShimPatience = absl::Seconds(10);

// For a shim to end, which kills its containers first.
inline constexpr absl::Duration kShimShutdownTimeout = absl::Seconds(5);

}  // namespace berth::runtime
