// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/lookup.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

void AddPod(Inventory& inventory, const std::string& id, const std::string& name) {
  v1::PodSandbox pod;
  pod.set_id(id);
  pod.mutable_metadata()->set_name(name);
  inventory.pods.push_back(pod);
}

void AddContainer(Inventory& inventory, const std::string& id, const std::string& pod,
                  const std::string& name) {
  v1::Container container;
  container.set_id(id);
  container.set_pod_sandbox_id(pod);
  container.mutable_metadata()->set_name(name);
  inventory.containers.push_back(container);
}

// Pod web of one container, and pods shop and mall with a container app each.
Inventory Node() {
  Inventory inventory;
  AddPod(inventory, "aa11", "web");
  AddPod(inventory, "bb22", "shop");
  AddPod(inventory, "bb33", "mall");
  AddContainer(inventory, "cc11", "aa11", "web");
  AddContainer(inventory, "cc22", "bb22", "app");
  AddContainer(inventory, "dd33", "bb33", "app");
  return inventory;
}

TEST(FindTarget, PrefersAContainerToItsPodOfTheSameName) {
  const absl::StatusOr<Target> target = FindTarget(Node(), "web");
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->kind, TargetKind::kContainer);
  EXPECT_EQ(target->id, "cc11");
  EXPECT_EQ(target->pod_id, "aa11");
}

TEST(FindTarget, FindsAPodWhenAskedForOne) {
  const absl::StatusOr<Target> target = FindTarget(Node(), "web", TargetKind::kPod);
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->kind, TargetKind::kPod);
  EXPECT_EQ(target->id, "aa11");
}

TEST(FindTarget, TakesPodAndContainer) {
  EXPECT_EQ(FindTarget(Node(), "mall/app")->id, "dd33");
  EXPECT_EQ(FindTarget(Node(), "shop/app")->name, "shop/app");
}

TEST(FindTarget, TakesTheBeginningOfAnId) {
  EXPECT_EQ(FindTarget(Node(), "cc2")->id, "cc22");
  EXPECT_EQ(FindTarget(Node(), "bb2")->kind, TargetKind::kPod);
}

TEST(FindTarget, NamesAllThatAnAmbiguousNameMeans) {
  for (const char* name : {"app", "cc", "bb"}) {
    const absl::Status status = FindTarget(Node(), name).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << name << status;
  }
  EXPECT_TRUE(absl::StrContains(FindTarget(Node(), "app").status().message(),
                                "container shop/app (cc22), container mall/app (dd33)"));
}

TEST(FindTarget, TakesTheNewestAttemptOfAContainer) {
  Inventory inventory;
  AddPod(inventory, "aa11", "web");
  AddContainer(inventory, "new", "aa11", "app");
  AddContainer(inventory, "old", "aa11", "app");
  EXPECT_EQ(FindTarget(inventory, "app")->id, "new");
}

TEST(FindTarget, TakesAWholeIdBeforeAName) {
  const std::string id(64, 'e');
  Inventory inventory;
  AddPod(inventory, id, "web");
  AddPod(inventory, "ff", id);
  EXPECT_EQ(FindTarget(inventory, id)->id, id);
}

TEST(FindTarget, SaysWhatThereIsNot) {
  const absl::Status status = FindTarget(Node(), "nobody").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_TRUE(absl::StartsWith(status.message(), "No such container or pod: nobody"));
  EXPECT_TRUE(
      absl::StartsWith(FindTarget(Node(), "nobody", TargetKind::kContainer).status().message(),
                       "No such container: nobody"));
  EXPECT_TRUE(absl::IsNotFound(FindTarget(Node(), "").status()));
}

TEST(FindTarget, TakesAPodForItsOnlyContainer) {
  Inventory node = Node();
  AddContainer(node, "cc20", "bb22", "app");  // an earlier attempt
  EXPECT_EQ(FindTarget(node, "shop", TargetKind::kContainer)->id, "cc22");
  EXPECT_EQ(FindTarget(node, "shop")->kind, TargetKind::kPod);
  AddContainer(node, "cc23", "bb22", "log");
  const absl::Status several = FindTarget(node, "shop", TargetKind::kContainer).status();
  EXPECT_TRUE(absl::IsNotFound(several)) << several;
  EXPECT_EQ(several.message(), "shop is a pod; say shop/app or shop/log");
  AddPod(node, "bb44", "empty");
  EXPECT_EQ(FindTarget(node, "empty", TargetKind::kContainer).status().message(),
            "empty is a pod without containers");
}

TEST(FindTarget, NamesWhatMayHaveBeenMeant) {
  EXPECT_EQ(FindTarget(Node(), "wbe").status().message(),
            "No such container or pod: wbe; did you mean web?\n  `berth ps -a` lists them");
  EXPECT_EQ(FindTarget(Node(), "shpo", TargetKind::kPod).status().message(),
            "No such pod: shpo; did you mean shop?\n  `berth pods` lists them");
}

TEST(ContainerName, IsThePodsAloneWhereTheyAreTheSame) {
  const Inventory node = Node();
  EXPECT_EQ(ContainerName(node.containers[0], node.FindPod("aa11")), "web");
  EXPECT_EQ(ContainerName(node.containers[1], node.FindPod("bb22")), "shop/app");
  EXPECT_EQ(ContainerName(node.containers[1], nullptr), "app");
}

}  // namespace
}  // namespace berth::cli
