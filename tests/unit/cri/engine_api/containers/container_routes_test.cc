// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_routes.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "runtime/pod_file_names.h"
#include "tests/unit/cri/engine_api/containers/lifecycle_under_test.h"
#include "tests/unit/cri/engine_api/containers/routes_under_test.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

TEST(ContainerRoutes, AnswerWithDockersCodes) {
  const ContainerRoutesUnderTest t;
  EXPECT_EQ(Ask(t.router, "GET", "/containers/json?all=1").json(), Json::array());
  EXPECT_EQ(Ask(t.router, "GET", "/containers/json?filters={\"colour\":[\"red\"]}").code, 400);
  const FakeExchange no_status =
      Ask(t.router, "GET", "/containers/json?filters={\"status\":[\"exited\",\"bad\"]}");
  EXPECT_EQ(no_status.code, 400);
  EXPECT_EQ(no_status.message(), "invalid filter 'status=bad'");
  for (const char* bound : {"since", "before"}) {
    const FakeExchange unknown =
        Ask(t.router, "GET", absl::StrCat("/containers/json?filters={\"", bound, "\":[\"web\"]}"));
    EXPECT_EQ(unknown.code, 404) << bound;
    EXPECT_EQ(unknown.message(), "No such container: web");
  }
  for (const char* target :
       {"/containers/web/start", "/containers/web/stop", "/containers/web/wait",
        "/containers/web/kill", "/containers/web/attach"}) {
    EXPECT_EQ(Ask(t.router, "POST", target).code, 404) << target;
  }
  EXPECT_EQ(Ask(t.router, "POST", "/containers/web/kill?signal=SIGODD").code, 400);
  EXPECT_EQ(Ask(t.router, "POST", "/containers/web/kill?signal=0").code, 400);
  EXPECT_EQ(Ask(t.router, "POST", "/containers/web/wait?condition=odd").code, 400);
  EXPECT_EQ(Ask(t.router, "GET", "/containers/web/logs").code, 400);
  EXPECT_EQ(Ask(t.router, "GET", "/containers/web/logs?stdout=1").code, 404);
  FakeExchange bad("POST", "/containers/create", "{\"HostConfig\": 7}");
  t.router.Serve(bad);
  EXPECT_EQ(bad.code, 400);
}

TEST(ContainerRoutes, OldClientsCannotAskForAllBelowToBeReadOnly) {
  const ContainerRoutesUnderTest t;
  FakeExchange old("POST", "/v1.43/containers/create",
                   R"({"HostConfig": {"Mounts": [{"Type": "bind", "Source": "/s", "Target": "/t",
                       "ReadOnly": true, "BindOptions": {"ReadOnlyForceRecursive": true}}]}})");
  t.router.Serve(old);
  EXPECT_EQ(old.code, 400);
  EXPECT_EQ(old.message(), "BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer");
}

TEST(ContainerRoutes, TellOpenCommandsAndNoFilesThatAreNotThere) {
  LifecycleUnderTest t;
  EngineContainerRecord& record = t.Record("web");
  record.state.status = EngineStatus::kExited;
  record.state.finished_at = 1;
  t.OpenWithRecords();
  Router router;
  AddContainerRoutes(router, *t.engine, t.Parts(),
                     [](const std::string& id) { return std::vector<std::string>{id + "-e"}; });
  const Json told = Ask(router, "GET", "/containers/web/json").json();
  EXPECT_EQ(told["ExecIDs"], Json::array({told["Id"].get<std::string>() + "-e"}));
  const auto hosts = [&router] {
    return Ask(router, "GET", "/containers/web/json").json()["HostsPath"];
  };
  EXPECT_EQ(hosts(), "");
  const std::filesystem::path own = std::filesystem::path(t.engine->LogPath("web")).parent_path();
  std::filesystem::create_directories(own);
  for (const char* name : runtime::kPodFileNames) {
    std::ofstream(own / name).flush();
  }
  EXPECT_EQ(hosts(), (own / "hosts").string());
}

}  // namespace
}  // namespace berth::cri
