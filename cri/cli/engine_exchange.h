// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"

#include "boost/asio/io_context.hpp"
#include "boost/asio/local/stream_protocol.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http.hpp"
#include "cri/cli/engine_client.h"
#include "cri/cli/engine_stream.h"
#include "cri/cli/interrupts.h"

namespace berth::cli {

// One request of the Engine API and its answer, over a connection of its own. For one thread, once.
class EngineExchange {
 public:
  // Borrows the call. `idle` as EngineClient::Stream has it.
  explicit EngineExchange(const EngineCall& call, EngineClient::Idle idle = {})
      : call_(call), idle_(std::move(idle)), socket_(loop_) {}

  // As EngineClient::Stream; an answer by which the connection is a stream has no body.
  absl::Status Run(const std::string& path, const EngineClient::Sink& sink);
  // Run in two halves: until the daemon has said that it is a success, then until its end.
  absl::Status Begin(const std::string& path);
  absl::Status Finish(const EngineClient::Sink& sink);
  // Between them: takes the signals that come until more of the answer is there.
  void AwaitMore(const SignalSource& signals);

  // After Run: a header of the answer, and the connection that has become a stream.
  std::string Header(const std::string& name) const { return std::string(parser_.get()[name]); }
  EngineStream Release();

 private:
  using Body = boost::beast::http::buffer_body;

  absl::Status SendRequest();
  absl::Status SendBody(boost::beast::http::request<Body>& request);
  absl::Status SendDescriptor(absl::string_view byte);
  absl::Status ReadHead();
  bool HasAwaitedMore(const boost::system::error_code& error);
  void AwaitReadable(const SignalSource& signals);

  const EngineCall& call_;
  const EngineClient::Idle idle_;
  boost::asio::io_context loop_;
  boost::asio::local::stream_protocol::socket socket_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::response_parser<Body> parser_;
};

}  // namespace berth::cli
