// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "imageservice/registry/http_client.h"
#include "imageservice/registry/pace.h"
#include "imageservice/registry/registry_client.h"

namespace berth::imageservice {

// One blob on its way to a sink, over as many answers as it takes: knows what has been delivered,
// asks for the rest, and skips what comes twice. Errors of a sender that are marked transient may
// be followed by another answer. Used by one thread.
class BlobTransfer {
 public:
  // Both references must outlive this object.
  BlobTransfer(const BlobSource& blob, const BytesSink& sink, absl::Time now);

  uint64_t delivered() const { return delivered_; }
  absl::Time last_progress() const { return pace_.last_progress(); }
  const absl::Status& sink_error() const { return sink_error_; }

  // The Range header's value for the next request; empty for the whole.
  std::string Range() const;

  // Must precede each request.
  void StartAnswer() { is_started_ = false; }

  // The next bytes of the answer whose head this is, a 200 or a 206. The sink's error, or DataLoss
  // when the answer is not the blob of the descriptor.
  absl::Status Take(const HttpResponse& head, absl::string_view bytes);

  // After the answer's end: OK when all is delivered, HttpError for an answer without a blob,
  // DataLoss when the blob itself is too short.
  absl::Status FinishAnswer(const HttpResponse& head);

 private:
  absl::Status CheckHead(const HttpResponse& head);
  absl::Status WrongSize(const HttpResponse& head, absl::string_view what) const;

  const BlobSource& blob_;
  const BytesSink& sink_;
  uint64_t delivered_ = 0;
  uint64_t position_ = 0;  // in the blob, of the answer's next byte
  bool is_started_ = false;
  Pace pace_;
  absl::Status sink_error_;
};

}  // namespace berth::imageservice
