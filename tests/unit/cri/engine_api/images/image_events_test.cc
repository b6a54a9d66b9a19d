// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_events.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Told(EventHub& events) {
  std::vector<std::string> told;
  for (const EngineEvent& event : events.Take(Call(), 0)->events) {
    told.push_back(absl::StrCat(event.action, " ", event.actor, " ", event.attributes.at("name")));
  }
  return told;
}

TEST(ImageEvents, HaveDockersActorsAndNames) {
  EventHub events;
  TellOfReference(events, "push", "host:5000/a/b:2");
  TellOfImage(events, "save", "sha256:1", "");
  EXPECT_THAT(Told(events),
              ElementsAre("push host:5000/a/b:2 host:5000/a/b", "save sha256:1 sha256:1"));
}

TEST(ImageEvents, AreWhatHappensInTheStore) {
  using imageservice::ImageChange;
  EventHub events;
  TellOfChange(events, {ImageChange::Kind::kPulled, "sha256:1", "docker.io/library/busybox:1"});
  TellOfChange(events, {ImageChange::Kind::kLoaded, "sha256:1", ""});
  TellOfChange(events, {ImageChange::Kind::kTagged, "sha256:1", "docker.io/library/web:3"});
  TellOfChange(events, {ImageChange::Kind::kUntagged, "sha256:1", "host/web:3"});
  TellOfChange(events, {ImageChange::Kind::kDeleted, "sha256:1", ""});
  EXPECT_THAT(Told(events),
              ElementsAre("pull busybox:1 busybox", "load sha256:1 sha256:1", "tag sha256:1 web:3",
                          "untag sha256:1 host/web:3", "delete sha256:1 sha256:1"));
}

}  // namespace
}  // namespace berth::cri
