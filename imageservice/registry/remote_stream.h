// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/layer/byte_queue.h"
#include "imageservice/registry/http_client.h"

namespace berth::imageservice {

inline constexpr uint64_t kMaxRemoteFile = uint64_t{16} << 30;  // bytes behind one address

// The bytes behind an address, as they come and nowhere kept: kMaxRemoteFile at most, by http or
// https, where redirects lead, too. They are fetched by a thread of its own, which ends with it.
// For one thread.
class RemoteStream {
 public:
  // InvalidArgument for what is no address, ResourceExhausted without a thread. `call` outlives it.
  static absl::StatusOr<std::unique_ptr<RemoteStream>> Open(const Call& call,
                                                            const std::string& address);
  ~RemoteStream();
  RemoteStream(const RemoteStream&) = delete;
  RemoteStream& operator=(const RemoteStream&) = delete;

  // The next bytes, valid until the next call; empty at the end. The errors of HttpError and
  // HttpClient, with the address.
  absl::StatusOr<absl::string_view> Next() { return queue_.Next(); }

 private:
  RemoteStream();
  absl::Status Fetch(const Call& call, HttpRequest request);
  absl::Status Take(absl::string_view bytes);

  HttpClient http_;
  std::atomic<bool> ended_ = false;
  uint64_t bytes_ = 0;
  ByteQueue queue_;
  std::thread thread_;
};

}  // namespace berth::imageservice
