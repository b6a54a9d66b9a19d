// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"

#include "cri/nri/ttrpc_frames.h"

// Plugins are programs of others; whatever one writes is read by the daemon.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::nri;  // NOLINT(google-build-using-namespace) the entry point is C's
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  TrunkParser whole;
  std::vector<Message> at_once;
  const bool ok = whole.Feed(bytes, at_once).ok();

  TrunkParser pieces;
  std::vector<Message> one_by_one;
  bool pieces_ok = true;
  for (size_t i = 0; i < bytes.size() && pieces_ok; i += 3) {
    pieces_ok = pieces.Feed(bytes.substr(i, 3), one_by_one).ok();
  }
  if (ok != pieces_ok || at_once.size() != one_by_one.size()) {
    abort();
  }
  for (size_t i = 0; i < at_once.size(); ++i) {
    TrunkParser again;
    std::vector<Message> back;
    if (at_once[i].payload != one_by_one[i].payload ||
        !again.Feed(EncodeMessage(at_once[i]), back).ok() || back.size() != 1 ||
        back[0].payload != at_once[i].payload || back[0].stream != at_once[i].stream) {
      abort();
    }
  }
  return 0;
}
