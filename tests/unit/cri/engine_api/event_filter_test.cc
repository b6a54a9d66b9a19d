// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/event_filter.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

bool Takes(const std::string& filters, const EngineEvent& event) {
  return EventFilter::Parse(filters)->Takes(event);
}

TEST(EventFilter, TakesWhatDockerTakes) {
  const EngineEvent start = {"container",
                             "exec_start: ls -l",
                             "0123abcd",
                             {{"name", "web"}, {"image", "busybox:1"}, {"tier", "front"}},
                             1};
  for (const char* taken :
       {"", R"({"type":["container"]})", R"({"event":["exec_start"]})",
        R"({"event":["exec_start: ls -l"]})", R"({"event":["die","exec_start"]})",
        R"({"container":["web"]})", R"({"container":["0123"]})", R"({"label":["tier=front"]})",
        R"({"image":["busybox"]})", R"({"image":["busybox:1"]})", R"({"scope":["local"]})",
        R"({"type":{"container":true}})"}) {
    EXPECT_TRUE(Takes(taken, start)) << taken;
  }
  for (const char* left :
       {R"({"type":["image"]})", R"({"event":["start"]})", R"({"container":["other"]})",
        R"({"label":["tier=back"]})", R"({"image":["alpine"]})", R"({"scope":["swarm"]})",
        R"({"volume":["web"]})", R"({"daemon":["x"]})",
        R"({"type":["container"],"event":["die"]})"}) {
    EXPECT_FALSE(Takes(left, start)) << left;
  }
}

TEST(EventFilter, AnActionWithoutWordsIsTakenWhole) {
  const EngineEvent event = {"container", "start", "c1", {}, 1};
  EXPECT_FALSE(Takes(R"({"event":["st"]})", event));
  const EngineEvent pull = {"image", "pull", "registry:5000/a:1", {{"name", "registry:5000/a"}}, 1};
  EXPECT_TRUE(Takes(R"({"image":["registry:5000/a"]})", pull));
  EXPECT_FALSE(Takes(R"({"image":["registry"]})", pull));
}

TEST(EventFilter, UnknownNamesAreRefused) {
  EXPECT_FALSE(EventFilter::Parse(R"({"colour":["red"]})").ok());
}

}  // namespace
}  // namespace berth::cri
