// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "cri/streaming/forward_client.h"

namespace berth::cri {

// Writes down what a client says.
class ForwardListener final : public ForwardClient::Listener {
 public:
  void OnOpen(uint32_t connection, uint16_t port) override { Note("open ", connection, port); }
  void OnData(uint32_t connection, absl::string_view bytes) override {
    Note("data ", connection, bytes);
  }
  void OnEnd(uint32_t connection) override { Note("end ", connection, ""); }
  void OnReset(uint32_t connection) override { Note("reset ", connection, ""); }
  void OnDrained() override { events_.emplace_back("drained"); }
  void OnGone() override { events_.emplace_back("gone"); }

  // Those since the last time.
  std::vector<std::string> TakeEvents() { return std::exchange(events_, {}); }

 private:
  void Note(const char* what, uint32_t connection, const absl::AlphaNum& more) {
    events_.push_back(absl::StrCat(what, connection, more.size() == 0 ? "" : " ", more));
  }

  std::vector<std::string> events_;
};

}  // namespace berth::cri
