// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/streaming/spdy_frames.h"
#include "cri/streaming/spdy_headers.h"

namespace berth::cri {

inline constexpr size_t kMaxSpdyStreams = 512;        // open at once; more are refused
inline constexpr size_t kMaxSpdyDataSent = 32 << 10;  // in one frame

// The server's end of a SPDY/3.1 connection: bytes in, events out, bytes out. It knows nothing of
// sockets. The client opens the streams; SPDY's flow control is not used, as the clients
// (moby/spdystream) do not know it: who cannot take more has to stop calling Receive, and goes by
// output_size() before it calls Send. What is received is answered with at most twice its size and
// a GOAWAY. Not thread-safe.
class SpdySession {
 public:
  // Who is told, during Receive. It may call anything of the session meanwhile, but must not
  // destroy it. Of a stream that is reset by either side nothing more is told.
  class Listener {
   public:
    // To be answered by Reply or Reset, now or later; data may follow before.
    virtual void OnStreamOpened(uint32_t stream, const SpdyHeaders& headers) = 0;
    virtual void OnData(uint32_t stream, absl::string_view bytes) = 0;  // never empty
    // The client sends no more on it. When we do not either, the stream is no more.
    virtual void OnEnd(uint32_t stream) = 0;
    virtual void OnReset(uint32_t stream, SpdyResetStatus status) = 0;
    // The client opens no more streams; those that are open go on.
    virtual void OnGoAway() = 0;

   protected:
    ~Listener() = default;
  };

  explicit SpdySession(Listener& listener) : listener_(listener) {}
  SpdySession(const SpdySession&) = delete;
  SpdySession& operator=(const SpdySession&) = delete;

  // What the client sent, in pieces of any size. An error (InvalidArgument, ResourceExhausted) ends
  // the connection: the client is told why by a GOAWAY in the output, and every later call returns
  // the same.
  absl::Status Receive(absl::string_view bytes);

  // What follows does nothing to a stream that is not open: reset, refused, or ended by both.
  // Accepts the stream. The client drops data that comes before this.
  void Reply(uint32_t stream);
  // `fin` ends our side: nothing more may be sent. The first Send of a stream replies, when Reply
  // has not.
  void Send(uint32_t stream, absl::string_view bytes, bool fin);
  void Reset(uint32_t stream, SpdyResetStatus status);

  // No new streams from now on. moby/spdystream reads nothing after this: it comes last.
  void GoAway();

  // The bytes for the client, which are the caller's from then on.
  std::string TakeOutput();
  size_t output_size() const { return output_.size(); }

  size_t open_streams() const { return streams_.size(); }

 private:
  struct Stream {
    bool replied = false;
    bool ended_by_client = false;
    bool ended_by_us = false;
  };
  using Streams = std::map<uint32_t, Stream>;

  absl::Status TakeFrames(absl::string_view bytes);
  absl::Status Take(const SpdySynStream& frame);
  absl::Status Take(const SpdySynReply& frame);
  absl::Status Take(const SpdyReset& frame);
  absl::Status Take(const SpdyPing& frame);
  absl::Status Take(const SpdyGoAway& frame);
  absl::Status Take(const SpdyMoreHeaders& frame);
  absl::Status Take(const SpdyDataFrame& frame);
  absl::StatusOr<SpdyHeaders> Unpack(absl::string_view header_block);
  bool IsHeard(uint32_t stream);
  void EndByClient(uint32_t stream);
  void ReplyTo(Streams::value_type& stream);
  void AppendReset(uint32_t stream, SpdyResetStatus status);
  void AppendGoAway(SpdyGoAwayStatus status);

  Listener& listener_;
  SpdyFrameParser parser_;
  SpdyHeaderUnpacker unpacker_;
  SpdyHeaderPacker packer_;
  Streams streams_;
  uint32_t last_stream_ = 0;  // the client's newest
  bool going_away_ = false;
  absl::Status broken_;
  std::string output_;
};

}  // namespace berth::cri
