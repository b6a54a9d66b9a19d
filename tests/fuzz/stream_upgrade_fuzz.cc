// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "boost/asio/buffer.hpp"
#include "boost/beast/http/parser.hpp"
#include "cri/streaming/channel_messages.h"
#include "cri/streaming/http_request.h"
#include "cri/streaming/terminal_sizes.h"
#include "cri/streaming/upgrade.h"
#include "tests/fuzz/require.h"

// What a streaming client sends before and beside its streams: the head of its request, messages of
// channels, sizes of terminals.
namespace berth::cri {
namespace {

void TryRequest(absl::string_view text) {
  boost::beast::http::request_parser<boost::beast::http::empty_body> parser;
  parser.header_limit(kMaxRequestHead);
  ErrorCode error;
  parser.put(boost::asio::buffer(text.data(), text.size()), error);
  if (error || !parser.is_header_done()) {
    return;
  }
  const UpgradeRequest request = parser.release();
  (void)ParseStreamPath({request.target().data(), request.target().size()});
  for (const bool is_port_forward : {false, true}) {
    const auto choice = ChooseUpgrade(UpgradeHeadersOf(request), is_port_forward);
    if (const auto* refusal = std::get_if<UpgradeRefusal>(&choice); refusal != nullptr) {
      Require(refusal->status >= HttpStatus::bad_request && !refusal->text.empty());
    } else {
      Require(std::get<Upgrade>(choice).version >= 1);
    }
  }
}

void TryMessage(absl::string_view bytes) {
  for (const bool is_base64 : {false, true}) {
    const auto message = ReadChannelMessage(bytes, is_base64);
    if (message.has_value()) {
      const auto again = ReadChannelMessage(
          WriteChannelMessage(message->channel, message->bytes, is_base64), is_base64);
      Require(again.has_value() && again->channel == message->channel &&
              again->bytes == message->bytes);
    }
  }
}

// How the bytes are cut into pieces makes no difference.
void TrySizes(absl::string_view bytes) {
  TerminalSizes whole;
  TerminalSizes pieces;
  const auto expected = whole.Receive(bytes);
  std::optional<TerminalSize> last;
  for (const char byte : bytes) {
    if (const auto size = pieces.Receive({&byte, 1}); size.has_value()) {
      last = size;
    }
  }
  Require(expected.has_value() == last.has_value());
  Require(!last.has_value() ||
          (last->rows == expected->rows && last->columns == expected->columns));
}

}  // namespace
}  // namespace berth::cri

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::cri;  // NOLINT(google-build-using-namespace) the entry point is C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  TryRequest(text);
  TryMessage(text);
  TrySizes(text);
  return 0;
}
