// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/router.h"

#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

Router::Handler Says(const std::string& what) {
  return [what](Exchange& exchange, const std::string& name) {
    exchange.Send(200, {}, what + " " + name);
    return absl::OkStatus();
  };
}

std::string Answer(const Router& router, const std::string& method, const std::string& target) {
  return Ask(router, method, target).text;
}

TEST(Router, TheMostExactPatternCounts) {
  Router router;
  router.Add("GET", "/images/*", Says("any"));
  router.Add("GET", "/images/json", Says("list"));
  router.Add("GET", "/images/*/json", Says("inspect"));
  router.Add("DELETE", "/images/*", Says("remove"));
  EXPECT_EQ(Answer(router, "GET", "/images/json"), "list ");
  EXPECT_EQ(Answer(router, "GET", "/v1.40/images/a/b:c/json"), "inspect a/b:c");
  EXPECT_EQ(Answer(router, "GET", "/images/a"), "any a");
  EXPECT_EQ(Answer(router, "DELETE", "/images/json"), "remove json");
}

TEST(Router, WhatIsNotThereIsRefused) {
  Router router;
  router.Add("GET", "/images/*/json", Says("inspect"));
  const FakeExchange unknown = Ask(router, "GET", "/nothing");
  EXPECT_EQ(unknown.code, 404);
  EXPECT_EQ(unknown.message(), "page not found");
  const FakeExchange empty = Ask(router, "GET", "/images//json");
  EXPECT_EQ(empty.code, 404);
  const FakeExchange other = Ask(router, "PUT", "/images/a/json");
  EXPECT_EQ(other.code, 405);
}

TEST(Router, TellsTheErrorOfAHandler) {
  Router router;
  router.Add("GET", "/early",
             [](Exchange&, const std::string&) { return absl::NotFoundError("No such image: x"); });
  router.Add("GET", "/late", [](Exchange& exchange, const std::string&) {
    exchange.Begin("application/json");
    return absl::InternalError("lost");
  });
  const FakeExchange early = Ask(router, "GET", "/early");
  EXPECT_EQ(early.code, 404);
  EXPECT_EQ(early.message(), "No such image: x");
  const FakeExchange late = Ask(router, "GET", "/late");
  EXPECT_EQ(late.code, 200);
  EXPECT_EQ(late.text, "{\"error\":\"lost\",\"errorDetail\":{\"message\":\"lost\"}}\r\n");
}

}  // namespace
}  // namespace berth::cri
