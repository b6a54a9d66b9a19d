// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/terminal_size.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

TEST(TerminalSize, IsInTheQuery) {
  EngineRequest request;
  request.query = {{"h", "24"}, {"w", "80"}};
  EXPECT_EQ(ReadTerminalSize(request).value(), (TerminalSize{24, 80}));
  for (const char* bad : {"", "-1", "65536", "x"}) {
    request.query["w"] = bad;
    EXPECT_FALSE(ReadTerminalSize(request).ok()) << bad;
  }
}

TEST(TerminalSize, OrInTheBodyOrNotThere) {
  EXPECT_EQ(ParseConsoleSize(Json::array({24, 80})).value(), (TerminalSize{24, 80}));
  EXPECT_EQ(ParseConsoleSize(Json::array()).value(), std::nullopt);
  for (const Json& bad : {Json::array({24}), Json::array({-1, 80}), Json::array({24, 65536}),
                          Json::array({"24", "80"})}) {
    EXPECT_FALSE(ParseConsoleSize(bad).ok()) << bad.dump();
  }
}

}  // namespace
}  // namespace berth::cri
