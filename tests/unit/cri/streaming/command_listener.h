// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "cri/streaming/command_client.h"

namespace berth::cri {

// Writes down what a client says, channels as numbers.
class CommandListener final : public CommandClient::Listener {
 public:
  void OnReady() override { events_.emplace_back("ready"); }
  void OnData(Channel channel, absl::string_view bytes) override {
    events_.push_back(absl::StrCat("data ", static_cast<int>(channel), " ", bytes));
  }
  void OnEnd(Channel channel) override {
    events_.push_back(absl::StrCat("end ", static_cast<int>(channel)));
  }
  void OnDrained() override { events_.emplace_back("drained"); }
  void OnGone() override { events_.emplace_back("gone"); }

  // Those since the last time.
  std::vector<std::string> TakeEvents() { return std::exchange(events_, {}); }

 private:
  std::vector<std::string> events_;
};

}  // namespace berth::cri
