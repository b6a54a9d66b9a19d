// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/owners.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::nri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

TEST(Owners, TheSecondToSetAFieldIsTold) {
  Owners owners;
  EXPECT_THAT(owners.Claim("00-a", api::FIELD_ARGS), IsOk());
  EXPECT_THAT(owners.Claim("10-b", api::FIELD_ARGS),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("NRI plugins 00-a and 10-b both set args")));
  owners.Release(api::FIELD_ARGS);
  EXPECT_THAT(owners.Claim("10-b", api::FIELD_ARGS), IsOk());
  EXPECT_EQ(owners.fields().simple().at(api::FIELD_ARGS), "10-b");
}

TEST(Owners, EntriesOfOneFieldMayBelongToSeveral) {
  Owners owners;
  EXPECT_THAT(owners.Claim("00-a", api::FIELD_ENV, "A"), IsOk());
  EXPECT_THAT(owners.Claim("10-b", api::FIELD_ENV, "B"), IsOk());
  EXPECT_THAT(
      owners.Claim("10-b", api::FIELD_ENV, "A"),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("00-a and 10-b both set env A")));
  owners.Release(api::FIELD_ENV, "A");
  EXPECT_THAT(owners.Claim("10-b", api::FIELD_ENV, "A"), IsOk());
  EXPECT_EQ(owners.fields().compound().at(api::FIELD_ENV).owners().at("B"), "10-b");
}

TEST(Owners, ResourcesAreClaimedOneByOne) {
  Owners owners;
  api::LinuxResources first, second;
  first.mutable_cpu()->mutable_shares()->set_value(1);
  (*first.mutable_unified())["memory.high"] = "1";
  second.mutable_cpu()->mutable_quota()->set_value(1);
  (*second.mutable_unified())["memory.max"] = "1";
  EXPECT_THAT(owners.ClaimResources("00-a", first), IsOk());
  EXPECT_THAT(owners.ClaimResources("10-b", second), IsOk());
  EXPECT_THAT(owners.ClaimResources("20-c", second),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cpu_quota")));
  api::LinuxResources third;
  (*third.mutable_unified())["memory.high"] = "2";
  EXPECT_THAT(owners.ClaimResources("20-c", third),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("memory.high")));
}

}  // namespace
}  // namespace berth::nri
