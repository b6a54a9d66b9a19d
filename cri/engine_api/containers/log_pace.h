// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace berth::cri {

// How soon the size of a log is looked at again, so that it is found at its limit soon after it has
// reached it: by how fast it grows, or, of one that does not grow, as soon as one that begins to
// could have filled a file, but seldom enough that all of them cost little. Never sooner than
// kShortestLogPause. Pure.
inline constexpr absl::Duration kShortestLogPause = absl::Milliseconds(10);

struct LogGrowth {
  int64_t size = 0;   // bytes
  int64_t grown = 0;  // of them since the last look
  absl::Duration in;  // the time since then
};

// `logs` is how many there are.
absl::Duration PauseBeforeLook(const LogGrowth& growth, int64_t max_size, size_t logs);

// A time not after `due` at which other logs are looked at as well, that many with one pause cost
// one thread few turns.
absl::Time TogetherWithOthers(absl::Time due, absl::Duration pause);

}  // namespace berth::cri
