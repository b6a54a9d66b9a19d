// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"
#include "tests/unit/cri/stream_under_test.h"

namespace berth::cri {
namespace {

class ListContainers : public RuntimeServiceTest {
 protected:
  ListContainers() {
    (*AddContainer("c1", v1::CONTAINER_RUNNING).config.mutable_labels())["app"] = "web";
    AddContainer("c2", v1::CONTAINER_EXITED).pod_id = "b0";
  }
  std::vector<std::string> Ids(const std::function<void(v1::ContainerFilter&)>& choose) {
    v1::ListContainersRequest request;
    choose(*request.mutable_filter());
    v1::ListContainersResponse response;
    EXPECT_THAT(Ask(service, &RuntimeService::ListContainers, request, &response), IsGrpcOk());
    std::vector<std::string> ids;
    for (const v1::Container& container : response.containers()) {
      ids.push_back(container.id());
    }
    return ids;
  }
};

TEST_F(ListContainers, KeepsTheRuntimesOrder) {
  EXPECT_THAT(Ids([](auto&) {}), ElementsAre("c1", "c2"));
}

TEST_F(ListContainers, ChoosesByAllConditions) {
  EXPECT_THAT(Ids([](auto& f) { f.set_id("c2"); }), ElementsAre("c2"));
  EXPECT_THAT(Ids([](auto& f) { f.set_pod_sandbox_id("b"); }), ElementsAre("c2"));
  EXPECT_THAT(Ids([](auto& f) { f.mutable_state()->set_state(v1::CONTAINER_RUNNING); }),
              ElementsAre("c1"));
  EXPECT_THAT(Ids([](auto& f) { (*f.mutable_label_selector())["app"] = "web"; }),
              ElementsAre("c1"));
  EXPECT_THAT(Ids([](auto& f) {
                f.set_pod_sandbox_id("b0");
                f.mutable_state()->set_state(v1::CONTAINER_RUNNING);
              }),
              IsEmpty());
}

TEST_F(ListContainers, ComesAsAStreamToo) {
  InProcess<v1::RuntimeService> server(service);
  v1::StreamContainersRequest request;
  const auto [all, ended] = server.ReadAll(&v1::RuntimeService::Stub::StreamContainers, request);
  EXPECT_THAT(ended, IsGrpcOk());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].containers_size(), 2);
  request.mutable_filter()->set_id("c2");
  const auto [one, again] = server.ReadAll(&v1::RuntimeService::Stub::StreamContainers, request);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].containers(0).id(), "c2");
  EXPECT_EQ(one[0].containers_size(), 1);
  request.mutable_filter()->set_id("none");
  const auto [none, end] = server.ReadAll(&v1::RuntimeService::Stub::StreamContainers, request);
  EXPECT_THAT(end, IsGrpcOk());
  EXPECT_THAT(none, IsEmpty());
}

}  // namespace
}  // namespace berth::cri
