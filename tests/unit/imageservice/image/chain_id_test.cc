// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/chain_id.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

TEST(ChainId, IsTheDiffIdOfTheLowestAndADigestOfTextAbove) {
  Digest a = Digest::OfBytes("a");
  Digest b = Digest::OfBytes("b");
  Digest c = Digest::OfBytes("c");
  std::string ab = Digest::OfBytes(a.str() + " " + b.str()).str();
  EXPECT_THAT(ChainIdsOf({a, b, c}),
              ::testing::ElementsAre(a.str(), ab, Digest::OfBytes(ab + " " + c.str()).str()));
  EXPECT_THAT(ChainIdsOf({}), ::testing::IsEmpty());
}

TEST(ChainId, DependsOnOrder) {
  Digest a = Digest::OfBytes("a");
  Digest b = Digest::OfBytes("b");
  EXPECT_NE(ChainIdsOf({a, b}).back(), ChainIdsOf({b, a}).back());
}

}  // namespace
}  // namespace berth::imageservice
