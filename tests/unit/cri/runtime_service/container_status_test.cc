// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class ContainerStatus : public RuntimeServiceTest {
 protected:
  grpc::Status StatusOf(const std::string& id) {
    request.set_container_id(id);
    return Ask(service, &RuntimeService::ContainerStatus, request, &response);
  }

  v1::ContainerStatusRequest request;
  v1::ContainerStatusResponse response;
};

TEST_F(ContainerStatus, IsOfTheOneAskedFor) {
  AddContainer("c1", v1::CONTAINER_RUNNING);
  AddContainer("d1", v1::CONTAINER_EXITED).exit_code = 137;
  EXPECT_THAT(StatusOf("d"), IsGrpcOk());
  EXPECT_EQ(response.status().id(), "d1");
  EXPECT_EQ(response.status().state(), v1::CONTAINER_EXITED);
  EXPECT_EQ(response.status().exit_code(), 137);
  EXPECT_EQ(response.info_size(), 0);
}

TEST_F(ContainerStatus, SaysMoreWhenVerboseButNoSecret) {
  v1::KeyValue& variable = *AddContainer("c1", v1::CONTAINER_RUNNING).config.add_envs();
  variable.set_key("PASSWORD");
  variable.set_value("hunter2");
  request.set_verbose(true);
  EXPECT_THAT(StatusOf("c1"), IsGrpcOk());
  EXPECT_THAT(response.info().at("info"), HasSubstr("PASSWORD"));
  EXPECT_THAT(response.info().at("info"), ::testing::Not(HasSubstr("hunter2")));
}

TEST_F(ContainerStatus, OfAnUnknownOneIsNotFound) {
  EXPECT_THAT(StatusOf("c1"), IsGrpcError(grpc::StatusCode::NOT_FOUND, "no container c1"));
}

}  // namespace
}  // namespace berth::cri
