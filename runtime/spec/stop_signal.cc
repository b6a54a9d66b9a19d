// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/stop_signal.h"

#include <csignal>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/signal_name.h"

namespace berth::runtime {
namespace {

constexpr char kCriPrefix[] = "SIGNAL_SIG";
constexpr int kLastLowRealTime = 49;  // the CRI calls it RTMIN+15, and the next RTMAX-14

// The CRI numbers the real-time signals in the kernel's order, without a gap.
static_assert(v1::SIGNAL_SIGRTMINPLUS15 - v1::SIGNAL_SIGRTMIN ==
              kLastLowRealTime - kFirstRealTimeSignal);
static_assert(v1::SIGNAL_SIGRTMAX - v1::SIGNAL_SIGRTMIN ==
              kLastRealTimeSignal - kFirstRealTimeSignal);

}  // namespace

int SignalNumber(v1::Signal signal) {
  if (signal >= v1::SIGNAL_SIGRTMIN && signal <= v1::SIGNAL_SIGRTMAX) {
    return kFirstRealTimeSignal + (signal - v1::SIGNAL_SIGRTMIN);
  }
  const std::string& name = v1::Signal_Name(signal);
  return ParseSignal(absl::StripPrefix(name, kCriPrefix)).value_or(SIGTERM);
}

v1::Signal SignalFromNumber(int number) {
  if (number >= kFirstRealTimeSignal && number <= kLastRealTimeSignal) {
    return static_cast<v1::Signal>(v1::SIGNAL_SIGRTMIN + (number - kFirstRealTimeSignal));
  }
  v1::Signal signal = v1::SIGNAL_RUNTIME_DEFAULT;
  return v1::Signal_Parse(absl::StrCat(kCriPrefix, SignalName(number)), &signal)
             ? signal
             : v1::SIGNAL_RUNTIME_DEFAULT;
}

v1::Signal EffectiveStopSignal(v1::Signal requested, absl::string_view image_signal) {
  if (requested != v1::SIGNAL_RUNTIME_DEFAULT && v1::Signal_IsValid(requested)) {
    return requested;
  }
  const absl::StatusOr<int> number = ParseSignal(image_signal);
  const v1::Signal of_image = number.ok() ? SignalFromNumber(*number) : v1::SIGNAL_RUNTIME_DEFAULT;
  return of_image == v1::SIGNAL_RUNTIME_DEFAULT ? v1::SIGNAL_SIGTERM : of_image;
}

}  // namespace berth::runtime
