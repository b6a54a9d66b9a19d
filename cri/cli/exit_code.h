// SPDX-License-Identifier: Apache-2.0
#pragma once

// What `berth` ends with where it is not the container's own code; docker's numbers.
namespace berth::cli {

inline constexpr int kExitFailure = 1;
inline constexpr int kExitOwnFailure = 125;  // of `run` and `exec`, and for a wrong command line
inline constexpr int kExitTimeout = 124;     // of `exec --timeout`, as of timeout(1)
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;

}  // namespace berth::cli
