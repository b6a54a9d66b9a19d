// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/routes.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

class SystemRoutes : public ::testing::Test {
 protected:
  SystemRoutes() {
    AddSystemRoutes(router, images, runtime, {"/var/lib/berth", {"/etc/cdi"}},
                    [] { return ContainerCounts{.running = 1, .stopped = 2}; });
    AddRefusals(router);
  }
  FakeExchange Ask(const std::string& method, const std::string& target) {
    return cri::Ask(router, method, target);
  }

  test::FakeImageStore images;
  test::FakePodRuntime runtime;
  Router router;
};

TEST_F(SystemRoutes, Ping) {
  const FakeExchange ping = Ask("GET", "/_ping");
  EXPECT_EQ(ping.text, "OK");
  EXPECT_EQ(Ask("HEAD", "/_ping").code, 200);
}

TEST_F(SystemRoutes, VersionAndInfo) {
  const Json version = Ask("GET", "/version").json();
  EXPECT_EQ(version["ApiVersion"], kNewestApi.str());
  EXPECT_EQ(version["MinAPIVersion"], kOldestApi.str());
  const Json info = Ask("GET", "/info").json();
  EXPECT_EQ(info["Containers"], 3);
  EXPECT_EQ(info["ContainersRunning"], 1);
  EXPECT_EQ(info["DockerRootDir"], "/var/lib/berth");
  EXPECT_EQ(info["CgroupDriver"], "cgroupfs");
  runtime.driver = ::berth::runtime::CgroupDriver::kSystemd;
  EXPECT_EQ(Ask("GET", "/info").json()["CgroupDriver"], "systemd");
}

TEST_F(SystemRoutes, WhatIsNotThereIsSaid) {
  EXPECT_EQ(Ask("GET", "/swarm").code, 503);
  EXPECT_EQ(Ask("POST", "/services/create").code, 503);
  EXPECT_EQ(Ask("GET", "/plugins").text, "[]");
  EXPECT_EQ(Ask("GET", "/plugins/x/json").code, 404);
  EXPECT_EQ(Ask("POST", "/containers/create").code, 501);
  EXPECT_EQ(Ask("GET", "/containers/x/json").message(),
            "GET /containers/x/json is not supported by Berth yet");
}

}  // namespace
}  // namespace berth::cri
