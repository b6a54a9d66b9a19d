// SPDX-License-Identifier: Apache-2.0
#include "base/version.h"
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class NodeStatus : public RuntimeServiceTest {
 protected:
  v1::StatusResponse Status(bool verbose = false) {
    v1::StatusRequest request;
    request.set_verbose(verbose);
    v1::StatusResponse response;
    EXPECT_THAT(Ask(service, &RuntimeService::Status, request, &response), IsGrpcOk());
    return response;
  }
};

TEST_F(NodeStatus, TellsTheVersions) {
  v1::VersionResponse response;
  EXPECT_THAT(Ask(service, &RuntimeService::Version, v1::VersionRequest(), &response), IsGrpcOk());
  EXPECT_EQ(response.version(), "0.1.0");
  EXPECT_EQ(response.runtime_name(), "berth");
  EXPECT_EQ(response.runtime_version(), kVersion);
  EXPECT_EQ(response.runtime_api_version(), "v1");
}

TEST_F(NodeStatus, IsReady) {
  const v1::StatusResponse response = Status();
  ASSERT_EQ(response.status().conditions_size(), 2);
  EXPECT_EQ(response.status().conditions(0).type(), "RuntimeReady");
  EXPECT_TRUE(response.status().conditions(0).status());
  EXPECT_EQ(response.status().conditions(1).type(), "NetworkReady");
  EXPECT_TRUE(response.status().conditions(1).status());
  EXPECT_TRUE(response.features().supplemental_groups_policy());
  EXPECT_EQ(response.info_size(), 0);
}

TEST_F(NodeStatus, TellsWhyThereIsNoNetwork) {
  runtime.network_ready = absl::UnavailableError("no CNI configuration in /etc/cni/net.d");
  const v1::StatusResponse response = Status();
  const v1::RuntimeCondition& network = response.status().conditions(1);
  EXPECT_FALSE(network.status());
  EXPECT_EQ(network.reason(), "NetworkPluginNotReady");
  EXPECT_THAT(network.message(), HasSubstr("no CNI configuration"));
  EXPECT_TRUE(response.status().conditions(0).status());
}

// A RuntimeClass of a handler that is announced here is scheduled here.
TEST_F(NodeStatus, AnnouncesTheHandlersThatTheRuntimeTakes) {
  runtime.handlers = {{"", true, false}, {"other", false, true}};
  const v1::StatusResponse response = Status();
  ASSERT_EQ(response.runtime_handlers_size(), 2);
  EXPECT_EQ(response.runtime_handlers(0).name(), "");
  EXPECT_TRUE(response.runtime_handlers(0).features().recursive_read_only_mounts());
  EXPECT_EQ(response.runtime_handlers(1).name(), "other");
  EXPECT_FALSE(response.runtime_handlers(1).features().recursive_read_only_mounts());
  EXPECT_FALSE(response.runtime_handlers(0).features().user_namespaces());
  EXPECT_TRUE(response.runtime_handlers(1).features().user_namespaces());
}

TEST_F(NodeStatus, ShowsTheConfigurationWhenVerbose) {
  EXPECT_EQ(Status(true).info().at("config"), R"({"root":"/r"})");
}

TEST_F(NodeStatus, NamesTheCgroupDriver) {
  for (const auto& [driver, name] : {std::pair(runtime::CgroupDriver::kCgroupfs, v1::CGROUPFS),
                                     std::pair(runtime::CgroupDriver::kSystemd, v1::SYSTEMD)}) {
    runtime.driver = driver;
    v1::RuntimeConfigResponse response;
    EXPECT_THAT(Ask(service, &RuntimeService::RuntimeConfig, v1::RuntimeConfigRequest(), &response),
                IsGrpcOk());
    EXPECT_EQ(response.linux().cgroup_driver(), name);
  }
}

TEST_F(NodeStatus, TakesAPodCidrWithoutUse) {
  EXPECT_THAT(Ask(service, &RuntimeService::UpdateRuntimeConfig, v1::UpdateRuntimeConfigRequest()),
              IsGrpcOk());
}

}  // namespace
}  // namespace berth::cri
