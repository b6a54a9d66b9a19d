// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/blob_transfer.h"

#include <algorithm>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/clock.h"
#include "base/status.h"
#include "imageservice/registry/http_error.h"
#include "imageservice/registry/retry_policy.h"

namespace berth::imageservice {
namespace {

struct ContentRange {
  uint64_t first = 0;
  std::optional<uint64_t> total;
};

// bytes 5-9/10, or with * for the total.
std::optional<ContentRange> ParseContentRange(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "bytes ")) {
    return std::nullopt;
  }
  std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  ContentRange range;
  if (!absl::SimpleAtoi(parts.first.substr(0, parts.first.find('-')), &range.first)) {
    return std::nullopt;
  }
  if (uint64_t total = 0; absl::SimpleAtoi(parts.second, &total)) {
    range.total = total;
  }
  return range;
}

}  // namespace

BlobTransfer::BlobTransfer(const BlobSource& blob, const BytesSink& sink, absl::Time now)
    : blob_(blob), sink_(sink), pace_(now) {}

std::string BlobTransfer::Range() const {
  return delivered_ == 0 ? std::string() : absl::StrCat("bytes=", delivered_, "-");
}

absl::Status BlobTransfer::WrongSize(const HttpResponse& head, absl::string_view what) const {
  return absl::DataLossError(absl::StrCat(head.url.authority(), ": ", blob_.digest.str(), " is ",
                                          what, " than the ", blob_.size,
                                          " bytes of its descriptor"));
}

absl::Status BlobTransfer::CheckHead(const HttpResponse& head) {
  is_started_ = true;
  position_ = 0;
  if (head.status == 206) {
    std::optional<ContentRange> range =
        ParseContentRange(FindHeader(head.headers, "Content-Range").value_or(""));
    if (!range.has_value() || range->first != delivered_) {
      return absl::DataLossError(absl::StrCat(
          head.url.authority(), ": sends another part of the blob than was asked for"));
    }
    if (range->total.has_value() && *range->total != blob_.size) {
      return WrongSize(head, *range->total > blob_.size ? "larger" : "smaller");
    }
    position_ = range->first;
  }
  uint64_t length = 0;
  if (absl::SimpleAtoi(FindHeader(head.headers, "Content-Length").value_or(""), &length)) {
    if (length > blob_.size - position_) {
      return WrongSize(head, "larger");
    }
    if (head.status == 200 && length < blob_.size) {
      return WrongSize(head, "smaller");
    }
  }
  return absl::OkStatus();
}

absl::Status BlobTransfer::Take(const HttpResponse& head, absl::string_view bytes) {
  if (!is_started_) {
    RETURN_IF_ERROR(CheckHead(head));
  }
  if (position_ < delivered_) {
    const size_t known = std::min<uint64_t>(delivered_ - position_, bytes.size());
    position_ += known;
    bytes.remove_prefix(known);
  }
  if (bytes.size() > blob_.size - delivered_) {
    return WrongSize(head, "larger");
  }
  if (bytes.empty()) {
    return absl::OkStatus();
  }
  position_ += bytes.size();
  delivered_ += bytes.size();
  const absl::Time now = SteadyNow();
  pace_.Take(bytes.size(), now);
  sink_error_ = sink_(bytes);
  pace_.Pause(SteadyNow() - now);
  return sink_error_;
}

absl::Status BlobTransfer::FinishAnswer(const HttpResponse& head) {
  if (head.status != 200 && head.status != 206) {
    return HttpError(head);
  }
  if (!is_started_) {
    RETURN_IF_ERROR(CheckHead(head));  // there was no body at all
  }
  if (delivered_ == blob_.size) {
    return absl::OkStatus();
  }
  // Without a length, the end of the connection is all there was to tell the end of the blob by.
  if (!FindHeader(head.headers, "Content-Length").has_value()) {
    return Transient(absl::UnavailableError(absl::StrCat(
        head.url.authority(), ": ended after ", delivered_, " of ", blob_.size, " bytes")));
  }
  return WrongSize(head, "smaller");
}

}  // namespace berth::imageservice
