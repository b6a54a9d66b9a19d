// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <utility>
#include <vector>

namespace berth::cli {

// Signals that are handled otherwise while it lives; afterwards they do what they did before.
class HandledSignals {
 public:
  HandledSignals() = default;
  ~HandledSignals() { Restore(); }
  HandledSignals(const HandledSignals&) = delete;
  HandledSignals& operator=(const HandledSignals&) = delete;
  HandledSignals(HandledSignals&&) = delete;
  HandledSignals& operator=(HandledSignals&&) = delete;

  // `handler` may run in any thread. `flags` as of sigaction.
  void Handle(int number, void (*handler)(int), int flags = SA_RESTART);
  // The same but for one that is ignored: whoever started us, nohup, say, wants it so.
  void HandleUnlessIgnored(int number, void (*handler)(int), int flags = SA_RESTART);
  // That one stays as it is now.
  void Leave(int number);
  void Restore();

 private:
  std::vector<std::pair<int, struct sigaction>> before_;  // by signal
};

bool IsIgnored(int number);

}  // namespace berth::cli
