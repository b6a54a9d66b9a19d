// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "gtest/gtest.h"

#include "cri/engine_api/exchange.h"
#include "cri/engine_api/router.h"

namespace berth::cri {

// A request made of literals; what is answered is kept.
class FakeExchange : public Exchange {
 public:
  FakeExchange(std::string method, const std::string& target, std::string body = "")
      : body_(std::move(body)) {
    request_.method = std::move(method);
    const absl::Status parsed = ParseTarget(target, request_);
    EXPECT_TRUE(parsed.ok()) << parsed;
  }

  void SetHeader(const std::string& name, const std::string& value) {
    request_.headers[name] = value;
  }

  const EngineRequest& request() const override { return request_; }
  const Call& call() const override { return call_; }
  absl::StatusOr<std::string> ReadBody(size_t max_bytes) override {
    EXPECT_LE(body_.size(), max_bytes);
    return body_;
  }
  absl::StatusOr<absl::string_view> ReadPiece() override {
    return std::exchange(was_read_, true) ? absl::string_view() : body_;
  }
  sys::Fd TakeDescriptor() override { return std::move(descriptor); }
  void Send(int sent_code, const EngineHeaders& sent_headers, absl::string_view body) override {
    EXPECT_FALSE(answered());
    code = sent_code;
    headers = sent_headers;
    text = std::string(body);
  }
  using Exchange::Begin;
  void Begin(absl::string_view, const EngineHeaders& begun_headers) override {
    EXPECT_FALSE(answered());
    code = 200;
    headers = begun_headers;
  }
  void Break() override { broken = true; }
  void Write(absl::string_view piece) override { text += std::string(piece); }
  RawStream Hijack(absl::string_view) override {
    EXPECT_FALSE(answered());
    code = 101;
    return {raw_socket, ""};
  }
  RawStream TakeOver() override { return Hijack(""); }
  bool answered() const override { return code != 0; }

  Json json() const {
    absl::StatusOr<Json> parsed = ParseJson(text, 1 << 20);
    EXPECT_TRUE(parsed.ok()) << text;
    return parsed.value_or(Json());
  }
  std::string message() const { return JsonString(json(), "message").value_or(""); }

  int code = 0;
  EngineHeaders headers;
  std::string text;
  bool broken = false;
  int raw_socket = -1;  // what Hijack and TakeOver give
  sys::Fd descriptor;   // what comes with the request

 private:
  EngineRequest request_;
  Call call_;
  const std::string body_;
  bool was_read_ = false;
};

inline FakeExchange Ask(const Router& router, const std::string& method, const std::string& target,
                        const std::string& body = "") {
  FakeExchange exchange(method, target, body);
  router.Serve(exchange);
  return exchange;
}

}  // namespace berth::cri
