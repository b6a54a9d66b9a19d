// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "base/json.h"
#include "base/sys/fd.h"
#include "cri/engine_api/engine_request.h"

namespace berth::cri {

inline constexpr size_t kMaxEngineBody = 4 << 20;  // of a request that is JSON

using EngineHeaders = std::vector<std::pair<std::string, std::string>>;

// One request of the Engine API and its answer, as a handler sees them: it reads what it needs of
// the body, then answers once, in one piece or as a stream. What the client no longer reads is
// dropped; the call says that it has gone. A handler that fails before it answers has its error
// told by whoever runs it. For one thread, but Write: that may be called from any.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const EngineRequest& request() const = 0;
  virtual const Call& call() const = 0;  // the client's: it ends when the connection does

  // All of the body; InvalidArgument when it is larger than `max_bytes`.
  virtual absl::StatusOr<std::string> ReadBody(size_t max_bytes) = 0;
  // The next bytes of a body of any size, valid until the next call; empty at its end.
  virtual absl::StatusOr<absl::string_view> ReadPiece() = 0;

  // The descriptor that has come with what was read so far (SCM_RIGHTS), the last of several; not
  // open when there is none.
  virtual sys::Fd TakeDescriptor() = 0;

  // The answer in one piece.
  virtual void Send(int code, const EngineHeaders& headers, absl::string_view body) = 0;
  // Begins an answer in pieces, which ends with the handler; each Write goes out at once.
  virtual void Begin(absl::string_view content_type, const EngineHeaders& headers) = 0;
  void Begin(absl::string_view content_type) { Begin(content_type, {}); }
  virtual void Write(absl::string_view piece) = 0;
  // Ends a stream in which no error can be told, and the connection, so that the client sees that
  // it is not whole.
  virtual void Break() = 0;

  // The connection itself, once an answer has been begun that is a stream of bytes both ways.
  struct RawStream {
    int socket = -1;    // open until the handler returns
    std::string early;  // what the client has sent already
  };
  virtual RawStream Hijack(absl::string_view content_type) = 0;
  // The same before anything has been answered: that is for who takes it.
  virtual RawStream TakeOver() = 0;

  // Whether the answer has begun.
  virtual bool answered() const = 0;

  void SendJson(const Json& json) { SendText(FormatJson(json)); }
  // Of something that has been made.
  void SendCreated(const Json& json) { SendText(FormatJson(json), kCreated); }
  // The same of JSON that is a text already.
  void SendText(absl::string_view json, int code = kOk) {
    Send(code, {{"Content-Type", "application/json"}}, json);
  }

 private:
  static constexpr int kOk = 200, kCreated = 201;
};

}  // namespace berth::cri
