// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/session_tokens.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1000);

StreamRequest Request(const std::string& id) {
  return AttachStreams{"p1", id, {.output = true}};
}

TEST(SessionTokens, AreGoodOnce) {
  SessionTokens tokens;
  const std::string token = *tokens.Insert(Request("c1"), kNow);
  EXPECT_EQ(token.size(), 2 * kSessionTokenBytes);
  const std::optional<StreamRequest> taken = tokens.Take(token, kNow);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(std::get<AttachStreams>(*taken).container_id, "c1");
  EXPECT_FALSE(tokens.Take(token, kNow).has_value());
}

TEST(SessionTokens, OthersAreNone) {
  SessionTokens tokens;
  const std::string token = *tokens.Insert(Request("c1"), kNow);
  EXPECT_FALSE(tokens.Take("", kNow).has_value());
  EXPECT_FALSE(tokens.Take(token.substr(1), kNow).has_value());
  EXPECT_TRUE(tokens.Take(token, kNow).has_value());
}

TEST(SessionTokens, Expire) {
  SessionTokens tokens;
  const std::string old = *tokens.Insert(Request("c1"), kNow);
  const std::string young = *tokens.Insert(Request("c2"), kNow + absl::Seconds(1));
  EXPECT_FALSE(tokens.Take(old, kNow + kSessionTokenLife).has_value());
  EXPECT_TRUE(tokens.Take(young, kNow + kSessionTokenLife).has_value());
}

TEST(SessionTokens, AreBoundedWhileTheyWait) {
  SessionTokens tokens;
  std::set<std::string> all;
  for (size_t i = 0; i < kMaxSessionTokens; ++i) {
    all.insert(*tokens.Insert(Request("c"), kNow));
  }
  EXPECT_EQ(all.size(), kMaxSessionTokens);
  EXPECT_THAT(tokens.Insert(Request("c"), kNow), StatusIs(absl::StatusCode::kResourceExhausted));
  tokens.Take(*all.begin(), kNow);
  EXPECT_THAT(tokens.Insert(Request("c"), kNow), IsOk());
  EXPECT_THAT(tokens.Insert(Request("c"), kNow + kSessionTokenLife), IsOk());
}

}  // namespace
}  // namespace berth::cri
