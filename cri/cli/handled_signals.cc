// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/handled_signals.h"

namespace berth::cli {

void HandledSignals::Handle(int number, void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  struct sigaction before = {};
  sigaction(number, &action, &before);
  before_.emplace_back(number, before);
}

void HandledSignals::HandleUnlessIgnored(int number, void (*handler)(int), int flags) {
  if (!IsIgnored(number)) {
    Handle(number, handler, flags);
  }
}

void HandledSignals::Leave(int number) {
  std::erase_if(before_, [number](const auto& each) { return each.first == number; });
}

void HandledSignals::Restore() {
  for (const auto& [number, action] : before_) {
    sigaction(number, &action, nullptr);
  }
  before_.clear();
}

bool IsIgnored(int number) {
  struct sigaction current = {};
  sigaction(number, nullptr, &current);
  return current.sa_handler == SIG_IGN;
}

}  // namespace berth::cli
