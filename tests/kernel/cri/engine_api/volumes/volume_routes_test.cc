// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume_routes.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "tests/kernel/cri/engine_api/volumes/volumes_under_test.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class VolumeRoutes : public ::testing::Test {
 protected:
  VolumeRoutes() { AddVolumeRoutes(router, *t.volumes, events); }

  FakeExchange Ask(const std::string& method, const std::string& target,
                   const std::string& body = "") {
    return cri::Ask(router, method, target, body);
  }
  std::vector<std::string> Listed(const std::string& filters) {
    std::vector<std::string> names;
    const FakeExchange exchange = Ask("GET", "/volumes?filters=" + filters);
    EXPECT_EQ(exchange.code, 200) << exchange.text;
    const Json answer = exchange.json();
    for (const Json& volume : answer["Volumes"]) {
      names.push_back(volume["Name"].get<std::string>());
    }
    return names;
  }

  VolumesUnderTest t;
  EventHub events;
  Router router;
};

TEST_F(VolumeRoutes, CreateAndInspect) {
  const FakeExchange made =
      Ask("POST", "/volumes/create",
          R"({"Name":"data","Labels":{"a":"b"},"Unknown":[1],"Driver":"local"})");
  EXPECT_EQ(made.code, 201);
  EXPECT_EQ(made.json()["Mountpoint"], t.volumes->Mountpoint("data"));
  EXPECT_EQ(Ask("GET", "/volumes/data").json(), made.json());
  EXPECT_EQ(Ask("POST", "/volumes/create").json()["Name"].get<std::string>().size(), 64u);
  EXPECT_EQ(Ask("GET", "/volumes/none").code, 404);
  for (const char* bad : {R"({"Name":1})", R"({"Labels":[]})", R"({"Name":"a/b"})", "x"}) {
    EXPECT_EQ(Ask("POST", "/volumes/create", bad).code, 400) << bad;
  }
  EXPECT_EQ(t.volumes->List().size(), 2u);
}

TEST_F(VolumeRoutes, ListWithFilters) {
  t.Make("data", {}, {{"a", "b"}});
  t.Make("other");
  ASSERT_TRUE(t.volumes->Use("data", "c").ok());
  EXPECT_THAT(Listed(""), ElementsAre("data", "other"));
  EXPECT_THAT(Listed(R"({"dangling":["true"]})"), ElementsAre("other"));
  EXPECT_THAT(Listed(R"({"dangling":["0"]})"), ElementsAre("data"));
  EXPECT_THAT(Listed(R"({"label":["a=b"]})"), ElementsAre("data"));
  EXPECT_THAT(Listed(R"({"name":["the"]})"), ElementsAre("other"));
  EXPECT_THAT(Listed(R"({"driver":["cloud"]})"), IsEmpty());
  EXPECT_EQ(Ask("GET", R"(/volumes?filters={"x":["y"]})").code, 400);
}

TEST_F(VolumeRoutes, Remove) {
  t.Make("data");
  ASSERT_TRUE(t.volumes->Use("data", "c").ok());
  const FakeExchange used = Ask("DELETE", "/volumes/data");
  EXPECT_EQ(used.code, 409);
  EXPECT_THAT(used.message(), HasSubstr("volume is in use"));
  t.volumes->Release("c");
  EXPECT_EQ(Ask("DELETE", "/volumes/data").code, 204);
  EXPECT_EQ(Ask("DELETE", "/volumes/data").code, 404);
  EXPECT_EQ(Ask("DELETE", "/volumes/data?force=1").code, 204);
}

TEST_F(VolumeRoutes, PruneTakesTheUnusedAnonymousOnes) {
  t.Make("named");
  t.Make("kept", {}, {{"keep", ""}});
  const std::string unused = t.Make("").name, used = t.Make("").name;
  ASSERT_TRUE(t.volumes->Use(used, "c").ok());
  EXPECT_EQ(Ask("POST", "/volumes/prune").json()["VolumesDeleted"], Json::array({unused}));
  EXPECT_EQ(Ask("POST", R"(/volumes/prune?filters={"all":["1"],"label!":["keep"]})")
                .json()["VolumesDeleted"],
            Json::array({"named"}));
  // An older client means all.
  EXPECT_EQ(Ask("POST", "/v1.41/volumes/prune").json()["VolumesDeleted"], Json::array({"kept"}));
  EXPECT_THAT(Listed(""), ElementsAre(used));
}

}  // namespace
}  // namespace berth::cri
