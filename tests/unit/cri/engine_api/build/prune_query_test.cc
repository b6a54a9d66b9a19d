// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/prune_query.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

using test::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

absl::StatusOr<PruneQuery> Read(const std::string& query) {
  return ReadPruneQuery(FakeExchange("POST", "/build/prune?" + query).request(), kNow);
}

PruneQuery Asked(const std::string& query) {
  const absl::StatusOr<PruneQuery> read = Read(query);
  EXPECT_TRUE(read.ok()) << query << ": " << read.status();
  return read.value_or(PruneQuery());
}

TEST(PruneQuery, TakesAllUnlessToldOtherwise) {
  const PruneQuery plain = Asked("");
  EXPECT_TRUE(plain.prunes_steps);
  EXPECT_TRUE(plain.prunes_notes);
  EXPECT_TRUE(plain.prunes_mounts);
  EXPECT_EQ(plain.prune.unused_since, absl::InfiniteFuture());
  EXPECT_EQ(plain.prune.keep_bytes, std::nullopt);
}

TEST(PruneQuery, AnAgeAndASizeHoldTogether) {
  const PruneQuery query = Asked(R"(all=1&keep-storage=1000&filters={"until":["24h"]})");
  EXPECT_EQ(query.prune.unused_since, kNow - absl::Hours(24));
  EXPECT_EQ(query.prune.keep_bytes, 1000u);
  EXPECT_FALSE(query.prunes_notes);
  EXPECT_TRUE(query.prunes_mounts);
  EXPECT_TRUE(Asked(R"(filters={"until":["24h"]})").prunes_notes);
  EXPECT_EQ(Asked(R"(filters={"until":["2001-09-09"]})").prune.unused_since,
            absl::FromUnixSeconds(999993600));
  EXPECT_EQ(Asked("reserved-space=7").prune.keep_bytes, 7u);
  EXPECT_EQ(Asked("keep-storage=0").prune.keep_bytes, std::nullopt);
}

TEST(PruneQuery, LabelsOfASystemPruneLeaveItAsItIs) {
  const PruneQuery query = Asked(R"(filters={"label":["a"],"label!":["b=c"]})");
  EXPECT_TRUE(query.prunes_steps);
  EXPECT_TRUE(query.prunes_mounts);
  EXPECT_EQ(query.prune.takes, nullptr);
}

TEST(PruneQuery, DirectoriesMayHaveWhatStepsLeave) {
  const PruneQuery query = Asked("keep-storage=1000");
  EXPECT_EQ(PruneOfMounts(query, 300).keep_bytes, 700u);
  EXPECT_EQ(PruneOfMounts(query, 2000).keep_bytes, 0u);
  EXPECT_EQ(PruneOfMounts(Asked(""), 300).keep_bytes, std::nullopt);
}

TEST(PruneQuery, AnIdIsABeginning) {
  const PruneQuery query = Asked(R"(all=1&filters={"id":["ab","sha256:cd",""]})");
  ASSERT_NE(query.prune.takes, nullptr);
  EXPECT_TRUE(query.prunes_mounts);
  EXPECT_TRUE(query.prune.takes("sha256:abc"));
  EXPECT_TRUE(query.prune.takes("abc"));
  EXPECT_TRUE(query.prune.takes("sha256:cde"));
  EXPECT_FALSE(query.prune.takes("sha256:bab"));
}

TEST(PruneQuery, ATypeIsOneOfTwo) {
  const PruneQuery mounts = Asked(R"(filters={"type":["exec.cachemount"]})");
  EXPECT_FALSE(mounts.prunes_steps);
  EXPECT_TRUE(mounts.prunes_mounts);
  const PruneQuery steps = Asked(R"(all=1&filters={"type":["regular"]})");
  EXPECT_TRUE(steps.prunes_steps);
  EXPECT_FALSE(steps.prunes_mounts);
  EXPECT_FALSE(Asked(R"(all=1&filters={"type":["source.local"]})").prunes_steps);
}

TEST(PruneQuery, NothingIsInUseOrShared) {
  for (const char* filter :
       {R"({"inuse":["true"]})", R"({"shared":["1"]})", R"({"private":["false"]})"}) {
    const PruneQuery query = Asked(std::string("all=1&filters=") + filter);
    EXPECT_FALSE(query.prunes_steps) << filter;
    EXPECT_FALSE(query.prunes_mounts) << filter;
  }
  EXPECT_TRUE(Asked(R"(filters={"inuse":["false"]})").prunes_steps);
}

TEST(PruneQuery, WhatCannotBeHonouredIsRefused) {
  for (const char* query :
       {R"(filters={"parent":["x"]})", R"(filters={"description":["x"]})",
        R"(filters={"until":["soon"]})", R"(filters={"inuse":["perhaps"]})", "keep-storage=much"}) {
    EXPECT_THAT(Read(query), StatusIs(absl::StatusCode::kInvalidArgument)) << query;
  }
  EXPECT_THAT(Read("min-free-space=1"), StatusIs(absl::StatusCode::kUnimplemented));
}

}  // namespace
}  // namespace berth::cri
