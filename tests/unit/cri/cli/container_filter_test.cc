// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_filter.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

ContainerView Web() {
  ContainerView view;
  view.id = "abcdef";
  view.name = "shop/web";
  view.pod = "shop";
  view.pod_id = "012345";
  view.image = "nginx:latest";
  view.image_id = "sha256:789";
  view.status.set_state(v1::CONTAINER_EXITED);
  view.status.set_exit_code(3);
  (*view.status.mutable_labels())["app"] = "web";
  (*view.status.mutable_labels())["tier"] = "front";
  return view;
}

bool Takes(const FilterMap& filters) {
  const absl::StatusOr<ContainerFilter> filter = ContainerFilter::Parse(filters);
  EXPECT_TRUE(filter.ok()) << filter.status();
  return filter.ok() && filter->Takes(Web());
}

TEST(ContainerFilter, TakesWhatFits) {
  EXPECT_TRUE(Takes({}));
  EXPECT_TRUE(Takes({{"name", {"db", "^shop/"}}, {"id", {"abc"}}, {"status", {"exited"}}}));
  EXPECT_TRUE(Takes({{"label", {"app", "tier=front"}}, {"exited", {"3"}}, {"pod", {"shop"}}}));
  EXPECT_TRUE(Takes({{"ancestor", {"nginx"}}}));
  EXPECT_TRUE(Takes({{"ancestor", {"789"}}}));
}

TEST(ContainerFilter, LeavesOutTheRest) {
  EXPECT_FALSE(Takes({{"name", {"db"}}}));
  EXPECT_FALSE(Takes({{"label", {"app", "tier=back"}}}));
  EXPECT_FALSE(Takes({{"status", {"running", "paused"}}}));
  EXPECT_FALSE(Takes({{"network", {"n"}}}));
  EXPECT_FALSE(Takes({{"exited", {"0"}}}));
}

TEST(ContainerFilter, ANameOfAnImageIsNoBeginningOfAnId) {
  ContainerFilter filter = *ContainerFilter::Parse({{"ancestor", {"7"}}});
  EXPECT_EQ(filter.ancestors(), std::vector<std::string>({"7"}));
  EXPECT_TRUE(filter.Takes(Web()));
  filter.SetImageIds({{"7", "sha256:123"}});
  EXPECT_FALSE(filter.Takes(Web()));
  filter.SetImageIds({{"7", "sha256:789"}});
  EXPECT_TRUE(filter.Takes(Web()));
}

TEST(ContainerFilter, SaysWhatIsNoExpression) {
  const absl::Status status = ContainerFilter::Parse({{"name", {"web", "("}}}).status();
  EXPECT_EQ(status.message(), "--filter name=(: missing ): (");
}

TEST(ContainerFilter, SaysWhatItIsAbout) {
  EXPECT_EQ(ContainerFilter::Parse({{"odd", {"1"}}}).status().message(), "invalid filter 'odd'");
  EXPECT_FALSE(ContainerFilter::Parse({{"pod", {"p"}}})->wants_engine());
  EXPECT_TRUE(ContainerFilter::Parse({{"status", {"exited"}}})->wants_ended());
  EXPECT_EQ(ContainerFilter::Parse({{"name", {"a"}}})->engine_filters(), R"({"name":["a"]})");
}

}  // namespace
}  // namespace berth::cli
