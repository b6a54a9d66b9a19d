// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "cri/streaming/streaming_server.h"

namespace berth::test {

// Keeps what it is to offer, and serves nobody.
class FakeStreamingServer : public cri::StreamingServer {
 public:
  absl::StatusOr<std::string> Offer(cri::StreamRequest request) override {
    if (!failure.ok()) {
      return failure;
    }
    offered.push_back(std::move(request));
    return absl::StrCat("http://127.0.0.1:1/", cri::KindOf(offered.back()), "/", offered.size());
  }

  absl::Status failure;
  std::vector<cri::StreamRequest> offered;
};

}  // namespace berth::test
