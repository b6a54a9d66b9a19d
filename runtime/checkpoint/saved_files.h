// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace berth::runtime {

// What a save leaves of a container in its directory, beside CRIU's stats-dump.
inline constexpr char kSavedContainer[] = "berth.dump";  // a SavedContainer
inline constexpr char kCriuImages[] = "checkpoint";      // a directory
inline constexpr char kCriuDumpLog[] = "dump.log";

}  // namespace berth::runtime
