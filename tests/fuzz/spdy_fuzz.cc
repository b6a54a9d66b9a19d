// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

#include "cri/streaming/spdy_session.h"
#include "tests/fuzz/require.h"

// A client's side of a SPDY connection: nothing is told of streams that are not open, answers are
// short, and how the bytes are cut into pieces makes no difference.
namespace berth::cri {
namespace {

// Answers some streams, resets others, and checks what it is told.
class Server final : private SpdySession::Listener {
 public:
  void Receive(absl::string_view bytes) {
    const size_t before = session_.output_size();
    sent_ = 0;
    const bool good = session_.Receive(bytes).ok();
    received_ += bytes.size();
    Require(good || !session_.Receive("").ok());
    Require(session_.output_size() - before <= 2 * received_ + sent_ + kFarewell);
    Require(session_.open_streams() <= kMaxSpdyStreams);
  }

  const std::string& told() const { return told_; }
  std::string TakeOutput() { return session_.TakeOutput(); }

 private:
  static constexpr size_t kFarewell = 16;
  static constexpr size_t kAnswer = 128;

  void OnStreamOpened(uint32_t stream, const SpdyHeaders& headers) override {
    Require(stream % 2 == 1 && headers.size() <= kMaxSpdyHeaders);
    Require(open_.emplace(stream, true).second);
    told_ += '(';
    sent_ += kAnswer;
    if (headers.count("refuse") > 0) {
      session_.Reset(stream, SpdyResetStatus::kRefusedStream);
      open_.erase(stream);
    } else {
      session_.Reply(stream);
      session_.Send(stream, "hello", headers.count("fin") > 0);
    }
  }
  void OnData(uint32_t stream, absl::string_view bytes) override {
    Require(open_[stream] && !bytes.empty());
    told_.append(bytes.data(), bytes.size());
    if (bytes.find('!') != bytes.npos) {
      sent_ += kAnswer;
      session_.Reset(stream, SpdyResetStatus::kCancel);
      open_.erase(stream);
    }
  }
  void OnEnd(uint32_t stream) override {
    Require(open_[stream]);
    open_[stream] = false;
    told_ += ')';
  }
  void OnReset(uint32_t stream, SpdyResetStatus) override {
    Require(open_.erase(stream) == 1);
    told_ += '#';
  }
  void OnGoAway() override { told_ += '.'; }

  SpdySession session_{*this};
  std::map<uint32_t, bool> open_;  // whether the client may still send
  std::string told_;
  size_t received_ = 0;  // a frame's answer comes with its last byte
  size_t sent_ = 0;
};

void TryPieces(absl::string_view bytes) {
  Server whole;
  whole.Receive(bytes);
  Server pieces;
  size_t size = 1;
  while (!bytes.empty()) {
    const absl::string_view piece = bytes.substr(0, size);
    pieces.Receive(piece);
    bytes.remove_prefix(piece.size());
    size = size % 13 + 1;
  }
  if (whole.told().find('!') == std::string::npos) {  // what is left of a frame then depends on it
    Require(whole.told() == pieces.told() && whole.TakeOutput() == pieces.TakeOutput());
  }
}

}  // namespace
}  // namespace berth::cri

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::cri;  // NOLINT(google-build-using-namespace) the entry point is C's
  TryPieces(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
