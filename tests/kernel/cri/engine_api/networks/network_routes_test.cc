// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_routes.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"

#include "tests/kernel/cri/engine_api/networks/registry_under_test.h"
#include "tests/support/kernel_test.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct RoutesUnderTest : RegistryUnderTest {
  RoutesUnderTest() {
    AddNetworkRoutes(
        router, *networks,
        [this](const Call& call, const std::string& name) -> absl::StatusOr<HeldContainer> {
          if (name != "web") {
            return absl::NotFoundError("No such container: " + name);
          }
          auto hold = holds.Acquire(call.Within(absl::ZeroDuration()), "c1");
          return hold.ok() ? absl::StatusOr<HeldContainer>(HeldContainer{"c1", *std::move(hold)})
                           : hold.status();
        },
        events);
  }
  FakeExchange Ask(const std::string& method, const std::string& target,
                   const std::string& body = "") {
    return cri::Ask(router, method, target, body);
  }
  std::vector<std::string> Listed(const std::string& filters) {
    std::vector<std::string> names;
    const FakeExchange exchange = Ask("GET", "/networks?filters=" + filters);
    EXPECT_EQ(exchange.code, 200) << exchange.text;
    const Json list = exchange.json();
    for (const Json& each : list) {
      names.push_back(each["Name"].get<std::string>());
    }
    return names;
  }

  KeyedHolds holds;
  EventHub events;
  Router router;
};

KERNEL_TEST(NetworkRoutes, CreateListAndRemove) {
  RoutesUnderTest t;
  const FakeExchange made =
      t.Ask("POST", "/networks/create", R"({"Name":"front","Labels":{"a":"b"}})");
  EXPECT_EQ(made.code, 201);
  EXPECT_EQ(t.Ask("GET", "/networks/front").json()["Id"], made.json()["Id"]);
  EXPECT_THAT(t.Listed(R"({"type":["custom"]})"), ElementsAre("front"));
  EXPECT_THAT(t.Listed(R"({"label":["a=b"]})"), ElementsAre("front"));
  EXPECT_THAT(t.Listed(R"({"name":["ron"]})"), ElementsAre("front"));
  EXPECT_THAT(t.Listed(R"({"driver":["host","null"]})"), ElementsAre("host", "none"));
  EXPECT_THAT(t.Listed(R"({"dangling":["true"]})"), ElementsAre("front"));
  EXPECT_EQ(t.Ask("GET", R"(/networks?filters={"type":["x"]})").code, 400);
  EXPECT_EQ(t.Ask("POST", "/networks/create", R"({"Name":"front"})").code, 409);
  EXPECT_EQ(t.Ask("POST", "/networks/create", R"({"Name":"host"})").code, 403);
  EXPECT_EQ(t.Ask("POST", "/networks/create", R"({"Name":1})").code, 400);
  EXPECT_EQ(t.Ask("DELETE", "/networks/front").code, 204);
  EXPECT_EQ(t.Ask("DELETE", "/networks/front").code, 404);
  EXPECT_EQ(t.Ask("DELETE", "/networks/bridge").code, 403);
}

KERNEL_TEST(NetworkRoutes, ConnectAndDisconnect) {
  RoutesUnderTest t;
  t.Make("front");
  ASSERT_THAT(t.Add("c1", "{}"), test::IsOk());
  EXPECT_EQ(t.Ask("POST", "/networks/front/connect",
                  R"({"Container":"web","EndpointConfig":{"Aliases":["x"]}})")
                .code,
            200);
  const FakeExchange again = t.Ask("POST", "/networks/front/connect", R"({"Container":"web"})");
  EXPECT_EQ(again.code, 403);
  EXPECT_THAT(again.message(), HasSubstr("already exists in network front"));
  EXPECT_EQ(t.Ask("POST", "/networks/front/connect", R"({"Container":"db"})").code, 404);
  EXPECT_EQ(t.Ask("POST", "/networks/none-such/connect", R"({"Container":"web"})").code, 404);
  EXPECT_EQ(t.Ask("POST", "/networks/front/disconnect", R"({"Container":"web"})").code, 200);
  EXPECT_EQ(t.Ask("POST", "/networks/front/disconnect", R"({"Container":"web"})").code, 403);
}

KERNEL_TEST(NetworkRoutes, OneAtATimeChangesAContainersNetworks) {
  RoutesUnderTest t;
  t.Make("front");
  ASSERT_THAT(t.Add("c1", "{}"), test::IsOk());
  {
    const auto hold = t.holds.Acquire(Call(), "c1");
    EXPECT_EQ(t.Ask("POST", "/networks/front/connect", R"({"Container":"web"})").code, 500);
    EXPECT_EQ(t.Ask("POST", "/networks/bridge/disconnect", R"({"Container":"web"})").code, 500);
  }
  EXPECT_EQ(t.Ask("POST", "/networks/front/connect", R"({"Container":"web"})").code, 200);
}

KERNEL_TEST(NetworkRoutes, PruneTakesWhatNobodyUses) {
  RoutesUnderTest t;
  t.Make("front");
  t.Make("used");
  ASSERT_THAT(t.Add("c1", R"({"HostConfig":{"NetworkMode":"used"}})"), test::IsOk());
  EXPECT_EQ(t.Ask("POST", R"(/networks/prune?filters={"until":["1h"]})").json()["NetworksDeleted"],
            Json::array());
  EXPECT_EQ(t.Ask("POST", R"(/networks/prune?filters={"until":["soon"]})").code, 400);
  EXPECT_EQ(t.Ask("POST", "/networks/prune").json()["NetworksDeleted"], Json::array({"front"}));
  EXPECT_EQ(t.Ask("POST", "/networks/prune").json()["NetworksDeleted"], Json::array());
}

}  // namespace
}  // namespace berth::cri
