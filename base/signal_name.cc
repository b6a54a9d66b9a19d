// SPDX-License-Identifier: Apache-2.0
#include "base/signal_name.h"

#include <csignal>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace berth {
namespace {

struct NamedSignal {
  absl::string_view name;
  int number;
};

// The usual name of a number comes before its aliases.
constexpr NamedSignal kSignals[] = {
    {"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"BUS", SIGBUS},       {"CHLD", SIGCHLD},
    {"CLD", SIGCHLD},  {"CONT", SIGCONT}, {"FPE", SIGFPE},       {"HUP", SIGHUP},
    {"ILL", SIGILL},   {"INT", SIGINT},   {"IO", SIGIO},         {"IOT", SIGABRT},
    {"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"POLL", SIGIO},       {"PROF", SIGPROF},
    {"PWR", SIGPWR},   {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV},     {"STKFLT", SIGSTKFLT},
    {"STOP", SIGSTOP}, {"SYS", SIGSYS},   {"TERM", SIGTERM},     {"TRAP", SIGTRAP},
    {"TSTP", SIGTSTP}, {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},     {"URG", SIGURG},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH},
    {"XCPU", SIGXCPU}, {"XFSZ", SIGXFSZ}};

// "RTMIN", "RTMIN+3", "RTMAX-2" without their SIG; 0 when it is none of these.
int ParseRealTime(absl::string_view name) {
  const bool from_first = absl::ConsumePrefix(&name, "RTMIN");
  if (!from_first && !absl::ConsumePrefix(&name, "RTMAX")) {
    return 0;
  }
  int distance = 0;
  if (!name.empty() &&
      (!absl::ConsumePrefix(&name, from_first ? "+" : "-") || !absl::SimpleAtoi(name, &distance))) {
    return 0;
  }
  if (distance < 0 || distance > kLastRealTimeSignal - kFirstRealTimeSignal) {
    return 0;
  }
  return from_first ? kFirstRealTimeSignal + distance : kLastRealTimeSignal - distance;
}

}  // namespace

absl::StatusOr<int> ParseSignal(absl::string_view text) {
  int number = 0;
  if (absl::SimpleAtoi(text, &number)) {
    if (number >= 1 && number <= kLastRealTimeSignal) {
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
  return absl::InvalidArgumentError(absl::StrCat("Invalid signal: ", absl::CHexEscape(text)));
}

absl::string_view SignalName(int number) {
  for (const NamedSignal& named : kSignals) {
    if (named.number == number) {
      return named.name;
    }
  }
  return "";
}

}  // namespace berth
