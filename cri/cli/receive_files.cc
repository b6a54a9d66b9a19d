// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/receive_files.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <thread>

#include "cri/cli/break_off.h"
#include "imageservice/layer/byte_queue.h"
#include "imageservice/layer/tar_reader.h"

namespace berth::cli {
namespace {

constexpr size_t kBuffer = 256 << 10;
constexpr size_t kBuffers = 4;

}  // namespace

absl::StatusOr<uint64_t> ReceiveFiles(const EngineClient& engine, const EngineCall& call,
                                      const UnpackChoice& choice) {
  imageservice::ByteQueue queue(kBuffer, kBuffers);
  std::thread feeder([&] {
    queue.CloseWriting(engine.Stream(call, [&](absl::string_view bytes) {
      absl::Status status = BreakOff::Check();
      while (status.ok() && !bytes.empty()) {
        const std::span<char> space = queue.Space();
        const size_t size = std::min(space.size(), bytes.size());
        std::memcpy(space.data(), bytes.data(), size);
        bytes.remove_prefix(size);
        status = queue.Advance(size);
      }
      return status;
    }));
  });
  imageservice::TarReader reader([&] { return queue.Next(); });
  absl::StatusOr<uint64_t> bytes = UnpackFiles(reader, choice);
  queue.CloseReading(absl::CancelledError("no more is wanted"));
  feeder.join();
  return bytes;
}

}  // namespace berth::cli
