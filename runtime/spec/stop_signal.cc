// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/stop_signal.h"

#include <csignal>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace berth::runtime {
namespace {

// The kernel's range of real-time signals; libc keeps the first two of them for itself.
constexpr int kFirstRealTime = 34;
constexpr int kLastRealTime = 64;
constexpr int kLastLowRealTime = 49;  // the CRI calls it RTMIN+15, and the next RTMAX-14

struct NamedSignal {
  v1::Signal signal;
  absl::string_view name;
  int number;
};

// The usual name of a number comes before its aliases.
constexpr NamedSignal kSignals[] = {{v1::SIGNAL_SIGABRT, "ABRT", SIGABRT},
                                    {v1::SIGNAL_SIGALRM, "ALRM", SIGALRM},
                                    {v1::SIGNAL_SIGBUS, "BUS", SIGBUS},
                                    {v1::SIGNAL_SIGCHLD, "CHLD", SIGCHLD},
                                    {v1::SIGNAL_SIGCLD, "CLD", SIGCHLD},
                                    {v1::SIGNAL_SIGCONT, "CONT", SIGCONT},
                                    {v1::SIGNAL_SIGFPE, "FPE", SIGFPE},
                                    {v1::SIGNAL_SIGHUP, "HUP", SIGHUP},
                                    {v1::SIGNAL_SIGILL, "ILL", SIGILL},
                                    {v1::SIGNAL_SIGINT, "INT", SIGINT},
                                    {v1::SIGNAL_SIGIO, "IO", SIGIO},
                                    {v1::SIGNAL_SIGIOT, "IOT", SIGABRT},
                                    {v1::SIGNAL_SIGKILL, "KILL", SIGKILL},
                                    {v1::SIGNAL_SIGPIPE, "PIPE", SIGPIPE},
                                    {v1::SIGNAL_SIGPOLL, "POLL", SIGIO},
                                    {v1::SIGNAL_SIGPROF, "PROF", SIGPROF},
                                    {v1::SIGNAL_SIGPWR, "PWR", SIGPWR},
                                    {v1::SIGNAL_SIGQUIT, "QUIT", SIGQUIT},
                                    {v1::SIGNAL_SIGSEGV, "SEGV", SIGSEGV},
                                    {v1::SIGNAL_SIGSTKFLT, "STKFLT", SIGSTKFLT},
                                    {v1::SIGNAL_SIGSTOP, "STOP", SIGSTOP},
                                    {v1::SIGNAL_SIGSYS, "SYS", SIGSYS},
                                    {v1::SIGNAL_SIGTERM, "TERM", SIGTERM},
                                    {v1::SIGNAL_SIGTRAP, "TRAP", SIGTRAP},
                                    {v1::SIGNAL_SIGTSTP, "TSTP", SIGTSTP},
                                    {v1::SIGNAL_SIGTTIN, "TTIN", SIGTTIN},
                                    {v1::SIGNAL_SIGTTOU, "TTOU", SIGTTOU},
                                    {v1::SIGNAL_SIGURG, "URG", SIGURG},
                                    {v1::SIGNAL_SIGUSR1, "USR1", SIGUSR1},
                                    {v1::SIGNAL_SIGUSR2, "USR2", SIGUSR2},
                                    {v1::SIGNAL_SIGVTALRM, "VTALRM", SIGVTALRM},
                                    {v1::SIGNAL_SIGWINCH, "WINCH", SIGWINCH},
                                    {v1::SIGNAL_SIGXCPU, "XCPU", SIGXCPU},
                                    {v1::SIGNAL_SIGXFSZ, "XFSZ", SIGXFSZ}};

// The CRI numbers the real-time signals in the kernel's order, without a gap.
static_assert(v1::SIGNAL_SIGRTMINPLUS15 - v1::SIGNAL_SIGRTMIN == kLastLowRealTime - kFirstRealTime);
static_assert(v1::SIGNAL_SIGRTMAX - v1::SIGNAL_SIGRTMIN == kLastRealTime - kFirstRealTime);

// "RTMIN", "RTMIN+3", "RTMAX-2" without their SIG; 0 when it is none of these.
int ParseRealTime(absl::string_view name) {
  int distance = 0;
  int number = 0;
  if (absl::ConsumePrefix(&name, "RTMIN")) {
    const bool plain = name.empty();
    if (!plain && (!absl::ConsumePrefix(&name, "+") || !absl::SimpleAtoi(name, &distance))) {
      return 0;
    }
    number = kFirstRealTime + distance;
  } else if (absl::ConsumePrefix(&name, "RTMAX")) {
    const bool plain = name.empty();
    if (!plain && (!absl::ConsumePrefix(&name, "-") || !absl::SimpleAtoi(name, &distance))) {
      return 0;
    }
    number = kLastRealTime - distance;
  }
  const bool in_range = distance >= 0 && number >= kFirstRealTime && number <= kLastRealTime;
  return in_range ? number : 0;
}

}  // namespace

int SignalNumber(v1::Signal signal) {
  if (signal >= v1::SIGNAL_SIGRTMIN && signal <= v1::SIGNAL_SIGRTMAX) {
    return kFirstRealTime + (signal - v1::SIGNAL_SIGRTMIN);
  }
  for (const NamedSignal& named : kSignals) {
    if (named.signal == signal) {
      return named.number;
    }
  }
  return SIGTERM;
}

v1::Signal SignalFromNumber(int number) {
  if (number >= kFirstRealTime && number <= kLastRealTime) {
    return static_cast<v1::Signal>(v1::SIGNAL_SIGRTMIN + (number - kFirstRealTime));
  }
  for (const NamedSignal& named : kSignals) {
    if (named.number == number) {
      return named.signal;
    }
  }
  return v1::SIGNAL_RUNTIME_DEFAULT;
}

absl::StatusOr<int> ParseSignal(absl::string_view text) {
  int number = 0;
  if (absl::SimpleAtoi(text, &number)) {
    if (number >= 1 && number <= kLastRealTime) {
      return number;
    }
  } else {
    const std::string upper = absl::AsciiStrToUpper(text);
    const absl::string_view name = absl::StripPrefix(upper, "SIG");
    for (const NamedSignal& named : kSignals) {
      if (named.name == name) {
        return named.number;
      }
    }
    number = ParseRealTime(name);
    if (number != 0) {
      return number;
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no signal is called \"", absl::CHexEscape(text), "\""));
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
