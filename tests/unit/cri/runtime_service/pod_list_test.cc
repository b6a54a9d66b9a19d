// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"
#include "tests/unit/cri/stream_under_test.h"

namespace berth::cri {
namespace {

class ListPodSandbox : public RuntimeServiceTest {
 protected:
  ListPodSandbox() {
    (*AddPod("a1").config.mutable_labels())["app"] = "web";
    AddPod("a2").state = v1::SANDBOX_NOTREADY;
  }
  std::vector<std::string> Ids(const std::function<void(v1::PodSandboxFilter&)>& choose) {
    v1::ListPodSandboxRequest request;
    choose(*request.mutable_filter());
    v1::ListPodSandboxResponse response;
    EXPECT_THAT(Ask(service, &RuntimeService::ListPodSandbox, request, &response), IsGrpcOk());
    std::vector<std::string> ids;
    for (const v1::PodSandbox& pod : response.items()) {
      ids.push_back(pod.id());
    }
    return ids;
  }
};

TEST_F(ListPodSandbox, KeepsTheRuntimesOrder) {
  EXPECT_THAT(Ids([](auto&) {}), ElementsAre("a1", "a2"));
}

TEST_F(ListPodSandbox, ChoosesByAllConditions) {
  EXPECT_THAT(Ids([](auto& f) { f.set_id("a2"); }), ElementsAre("a2"));
  EXPECT_THAT(Ids([](auto& f) { f.set_id("b"); }), IsEmpty());
  EXPECT_THAT(Ids([](auto& f) { f.mutable_state()->set_state(v1::SANDBOX_NOTREADY); }),
              ElementsAre("a2"));
  EXPECT_THAT(Ids([](auto& f) { (*f.mutable_label_selector())["app"] = "web"; }),
              ElementsAre("a1"));
  EXPECT_THAT(Ids([](auto& f) {
                f.set_id("a2");
                (*f.mutable_label_selector())["app"] = "web";
              }),
              IsEmpty());
}

TEST_F(ListPodSandbox, ComesAsAStreamToo) {
  InProcess<v1::RuntimeService> server(service);
  v1::StreamPodSandboxesRequest request;
  request.mutable_filter()->set_id(runtime.pods[0].id);
  const auto [pieces, ended] =
      server.ReadAll(&v1::RuntimeService::Stub::StreamPodSandboxes, request);
  EXPECT_THAT(ended, IsGrpcOk());
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].pod_sandboxes(0).id(), runtime.pods[0].id);
}

}  // namespace
}  // namespace berth::cri
