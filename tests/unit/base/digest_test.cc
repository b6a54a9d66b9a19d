// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

using test::StatusIs;

constexpr char kOfAbc[] = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, IsSha256) {
  EXPECT_EQ(Digest::OfBytes("abc").str(), kOfAbc);
  EXPECT_EQ(Digest::OfBytes("abc").hex(), std::string(kOfAbc).substr(7));
}

TEST(Digest, IsTheSameComputedPiecewise) {
  Sha256 sha256;
  sha256.Update("a");
  sha256.Update("");
  Sha256 moved = std::move(sha256);
  moved.Update("bc");
  EXPECT_EQ(moved.Finish(), Digest::OfBytes("abc"));
}

TEST(Digest, ParsesWhatItPrints) {
  ASSERT_OK_AND_ASSIGN(Digest digest, Digest::Parse(kOfAbc));
  EXPECT_EQ(digest, Digest::OfBytes("abc"));
}

TEST(Digest, RefusesEveryOtherForm) {
  const std::string good = kOfAbc;
  for (const std::string& bad :
       {std::string(), std::string("sha256:"), good.substr(0, 70), good + "0", good.substr(7),
        "sha512:" + good.substr(7), absl::AsciiStrToUpper(good), "sha256:" + std::string(64, 'g'),
        "sha256:../" + std::string(61, 'a'), std::string("sha256:\0", 8) + std::string(63, 'a')}) {
    EXPECT_THAT(Digest::Parse(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

TEST(Digest, OrdersAndHashes) {
  const Digest a = Digest::OfBytes("a");
  const Digest b = Digest::OfBytes("b");
  EXPECT_NE(a, b);
  EXPECT_NE(a < b, b < a);
  EXPECT_EQ((absl::flat_hash_set<Digest>{a, b, a}).size(), 2u);
}

}  // namespace
}  // namespace berth
