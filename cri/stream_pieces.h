// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "google/protobuf/repeated_field.h"
#include "grpcpp/support/sync_stream.h"

namespace berth::cri {

// Bytes after which a message of a stream is full: well below what any client takes.
inline constexpr size_t kMaxPiece = 1 << 20;

// Sends `items` in their order, each once, as the `field` of messages that `write` sends: of
// kMaxPiece or one item each; none without items. Cancelled when `write` is false.
template <typename Response, typename Item>
absl::Status SendInPieces(google::protobuf::RepeatedPtrField<Item> items,
                          google::protobuf::RepeatedPtrField<Item>* (Response::*field)(),
                          absl::FunctionRef<bool(const Response&)> write) {
  const absl::Status gone = absl::CancelledError("the client takes no more of the list");
  Response piece;
  size_t size = 0;
  for (Item& item : items) {
    const size_t more = item.ByteSizeLong();
    if (size > 0 && size + more > kMaxPiece) {
      if (!write(piece)) {
        return gone;
      }
      piece.Clear();
      size = 0;
    }
    *(piece.*field)()->Add() = std::move(item);
    size += more;
  }
  return (piece.*field)()->empty() || write(piece) ? absl::OkStatus() : gone;
}

// The same to a client.
template <typename Response, typename Item>
absl::Status SendInPieces(google::protobuf::RepeatedPtrField<Item> items,
                          google::protobuf::RepeatedPtrField<Item>* (Response::*field)(),
                          grpc::ServerWriter<Response>& writer) {
  return SendInPieces<Response, Item>(std::move(items), field,
                                      [&](const Response& piece) { return writer.Write(piece); });
}

}  // namespace berth::cri
