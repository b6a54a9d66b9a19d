// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// Signals as people, images and clients write them. Pure.
namespace berth {

// The kernel's range of real-time signals; libc keeps the first two of them for itself.
inline constexpr int kFirstRealTimeSignal = 34;
inline constexpr int kLastRealTimeSignal = 64;

// Of "SIGTERM", "term", "15", "SIGRTMIN+3". InvalidArgument, in docker's words, when it is none.
absl::StatusOr<int> ParseSignal(absl::string_view text);

// "TERM"; empty for real-time signals and for what is none.
absl::string_view SignalName(int number);

}  // namespace berth
