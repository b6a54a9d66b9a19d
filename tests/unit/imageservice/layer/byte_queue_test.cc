// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/byte_queue.h"

#include <algorithm>
#include <string>
#include <thread>

#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

absl::Status Write(ByteQueue& queue, absl::string_view bytes) {
  while (!bytes.empty()) {
    std::span<char> space = queue.Space();
    size_t size = std::min(space.size(), bytes.size());
    std::copy_n(bytes.data(), size, space.data());
    if (absl::Status status = queue.Advance(size); !status.ok()) {
      return status;
    }
    bytes.remove_prefix(size);
  }
  return absl::OkStatus();
}

TEST(ByteQueue, CarriesMoreThanItHoldsInOrder) {
  ByteQueue queue(16, 3);
  std::string sent;
  for (int i = 0; i < 2000; ++i) {
    sent += std::to_string(i) + ",";
  }
  std::thread writer([&] {
    EXPECT_TRUE(Write(queue, sent).ok());
    queue.CloseWriting(absl::OkStatus());
  });
  std::string received;
  while (true) {
    absl::StatusOr<absl::string_view> piece = queue.Next();
    ASSERT_TRUE(piece.ok());
    if (piece->empty()) {
      break;
    }
    EXPECT_LE(piece->size(), 16u);
    received.append(piece->data(), piece->size());
  }
  writer.join();
  EXPECT_EQ(received, sent);
  EXPECT_TRUE(queue.Next()->empty()) << "the end stays the end";
}

TEST(ByteQueue, TellsTheReaderWhyTheWriterGaveUp) {
  ByteQueue queue(16, 3);
  ASSERT_TRUE(Write(queue, "some").ok());
  queue.CloseWriting(absl::UnavailableError("no network"));
  EXPECT_TRUE(absl::IsUnavailable(queue.Next().status()));
}

TEST(ByteQueue, TellsABlockedWriterWhyTheReaderGaveUp) {
  ByteQueue queue(16, 2);
  absl::Status outcome;
  std::thread writer([&] { outcome = Write(queue, std::string(1000, 'x')); });
  ASSERT_TRUE(queue.Next().ok());
  queue.CloseReading(absl::DataLossError("malformed"));
  writer.join();
  EXPECT_TRUE(absl::IsDataLoss(outcome));
}

}  // namespace
}  // namespace berth::imageservice
