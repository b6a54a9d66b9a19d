// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

class Unimplemented : public RuntimeServiceTest {
 protected:
  template <typename Request, typename Response>
  void ExpectRefusal(const char* name,
                     grpc::Status (RuntimeService::*method)(grpc::ServerContext*, const Request*,
                                                            Response*)) {
    EXPECT_THAT(Ask(service, method, Request()), IsRefusal(name));
  }
  template <typename Request, typename Response>
  void ExpectRefusal(const char* name,
                     grpc::Status (RuntimeService::*method)(grpc::ServerContext*, const Request*,
                                                            grpc::ServerWriter<Response>*)) {
    grpc::ServerContext context;
    const Request request;
    EXPECT_THAT((service.*method)(&context, &request, nullptr), IsRefusal(name));
  }
  static auto IsRefusal(const std::string& name) {
    return IsGrpcError(grpc::StatusCode::UNIMPLEMENTED,
                       "berth does not implement " + name + " yet");
  }
};

TEST_F(Unimplemented, SaysSoByName) {
#define EXPECT_REFUSAL(Method) ExpectRefusal(#Method, &RuntimeService::Method)
  EXPECT_REFUSAL(PodSandboxStats);
  EXPECT_REFUSAL(ListPodSandboxStats);
  EXPECT_REFUSAL(UpdatePodSandboxResources);
  EXPECT_REFUSAL(CheckpointContainer);
  EXPECT_REFUSAL(CheckpointPod);
  EXPECT_REFUSAL(RestorePod);
  EXPECT_REFUSAL(ListMetricDescriptors);
  EXPECT_REFUSAL(ListPodSandboxMetrics);
  EXPECT_REFUSAL(GetContainerEvents);
  EXPECT_REFUSAL(StreamPodSandboxes);
  EXPECT_REFUSAL(StreamContainers);
  EXPECT_REFUSAL(StreamContainerStats);
  EXPECT_REFUSAL(StreamPodSandboxStats);
  EXPECT_REFUSAL(StreamPodSandboxMetrics);
#undef EXPECT_REFUSAL
  EXPECT_THAT(runtime.calls, IsEmpty());
}

}  // namespace
}  // namespace berth::cri
