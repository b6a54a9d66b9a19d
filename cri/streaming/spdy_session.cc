// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/spdy_session.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::cri {
namespace {

// A client's streams and pings have odd numbers, a server's even ones.
bool IsOfClient(uint32_t number) {
  return number % 2 == 1;
}

}  // namespace

absl::Status SpdySession::Receive(absl::string_view bytes) {
  if (broken_.ok()) {
    broken_ = TakeFrames(bytes);
    if (!broken_.ok()) {
      AppendGoAway(SpdyGoAwayStatus::kProtocolError);
    }
  }
  return broken_;
}

absl::Status SpdySession::TakeFrames(absl::string_view bytes) {
  for (;;) {
    ASSIGN_OR_RETURN(const std::optional<SpdyFrame> frame, parser_.Next(bytes));
    if (!frame) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(std::visit([this](const auto& known) { return Take(known); }, *frame));
  }
}

absl::Status SpdySession::Take(const SpdySynStream& frame) {
  // Even when nothing comes of the stream: the next block is packed on top of this one.
  ASSIGN_OR_RETURN(const SpdyHeaders headers, Unpack(frame.header_block));
  if (!IsOfClient(frame.stream) || frame.stream <= last_stream_) {
    return absl::InvalidArgumentError(
        absl::StrCat("SPDY stream ", frame.stream, " after stream ", last_stream_));
  }
  if (going_away_) {
    return absl::OkStatus();
  }
  last_stream_ = frame.stream;
  if (streams_.size() >= kMaxSpdyStreams || frame.unidirectional) {
    AppendReset(frame.stream, SpdyResetStatus::kRefusedStream);
    return absl::OkStatus();
  }
  streams_.emplace(frame.stream, Stream());
  listener_.OnStreamOpened(frame.stream, headers);
  if (frame.fin) {
    EndByClient(frame.stream);
  }
  return absl::OkStatus();
}

absl::Status SpdySession::Take(const SpdySynReply& frame) {
  return absl::InvalidArgumentError(
      absl::StrCat("SYN_REPLY for stream ", frame.stream, ", which we did not open"));
}

absl::Status SpdySession::Take(const SpdyReset& frame) {
  if (streams_.erase(frame.stream) > 0) {
    listener_.OnReset(frame.stream, frame.status);
  }
  return absl::OkStatus();
}

absl::Status SpdySession::Take(const SpdyPing& frame) {
  if (IsOfClient(frame.id)) {
    AppendFrame(frame, output_);
  }
  return absl::OkStatus();
}

absl::Status SpdySession::Take(const SpdyGoAway&) {
  listener_.OnGoAway();
  return absl::OkStatus();
}

absl::Status SpdySession::Take(const SpdyMoreHeaders& frame) {
  RETURN_IF_ERROR(Unpack(frame.header_block).status());
  if (IsHeard(frame.stream) && frame.fin) {
    EndByClient(frame.stream);
  }
  return absl::OkStatus();
}

absl::Status SpdySession::Take(const SpdyDataFrame& frame) {
  // The rest of a frame whose stream was reset meanwhile is dropped without another word.
  if (frame.begins_frame ? !IsHeard(frame.stream) : streams_.count(frame.stream) == 0) {
    return absl::OkStatus();
  }
  if (!frame.bytes.empty()) {
    listener_.OnData(frame.stream, frame.bytes);
  }
  if (frame.fin) {
    EndByClient(frame.stream);
  }
  return absl::OkStatus();
}

absl::StatusOr<SpdyHeaders> SpdySession::Unpack(absl::string_view header_block) {
  ASSIGN_OR_RETURN(const std::string plain, unpacker_.Unpack(header_block));
  return ParseHeaderBlock(plain);
}

// Whether the client may send something on the stream. If not, it is told so.
bool SpdySession::IsHeard(uint32_t stream) {
  const auto found = streams_.find(stream);
  if (found != streams_.end() && !found->second.ended_by_client) {
    return true;
  }
  const bool was_open = IsOfClient(stream) && stream <= last_stream_;
  AppendReset(stream,
              was_open ? SpdyResetStatus::kStreamAlreadyClosed : SpdyResetStatus::kInvalidStream);
  if (found != streams_.end()) {
    streams_.erase(found);
    listener_.OnReset(stream, SpdyResetStatus::kStreamAlreadyClosed);
  }
  return false;
}

void SpdySession::EndByClient(uint32_t stream) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) {
    return;
  }
  found->second.ended_by_client = true;
  if (found->second.ended_by_us) {
    streams_.erase(found);
  }
  listener_.OnEnd(stream);
}

void SpdySession::Reply(uint32_t stream) {
  const auto found = streams_.find(stream);
  if (found != streams_.end()) {
    ReplyTo(*found);
  }
}

void SpdySession::ReplyTo(Streams::value_type& stream) {
  if (stream.second.replied) {
    return;
  }
  stream.second.replied = true;
  SpdySynReply reply;
  reply.stream = stream.first;
  const std::string block = packer_.Pack(FormatHeaderBlock({}));
  reply.header_block = block;
  AppendFrame(reply, output_);
}

void SpdySession::Send(uint32_t stream, absl::string_view bytes, bool fin) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second.ended_by_us) {
    return;
  }
  ReplyTo(*found);
  SpdyDataFrame frame;
  frame.stream = stream;
  while (!bytes.empty() || (fin && !frame.fin)) {
    frame.bytes = bytes.substr(0, kMaxSpdyDataSent);
    bytes.remove_prefix(frame.bytes.size());
    frame.fin = fin && bytes.empty();
    AppendFrame(frame, output_);
  }
  found->second.ended_by_us = fin;
  if (fin && found->second.ended_by_client) {
    streams_.erase(found);
  }
}

void SpdySession::Reset(uint32_t stream, SpdyResetStatus status) {
  if (streams_.erase(stream) > 0) {
    AppendReset(stream, status);
  }
}

void SpdySession::GoAway() {
  if (!going_away_) {
    AppendGoAway(SpdyGoAwayStatus::kOk);
  }
}

void SpdySession::AppendReset(uint32_t stream, SpdyResetStatus status) {
  AppendFrame(SpdyReset{stream, status}, output_);
}

void SpdySession::AppendGoAway(SpdyGoAwayStatus status) {
  going_away_ = true;
  AppendFrame(SpdyGoAway{last_stream_, status}, output_);
}

std::string SpdySession::TakeOutput() {
  return std::exchange(output_, std::string());
}

}  // namespace berth::cri
