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
  static auto IsRefusal(const std::string& name) {
    return IsGrpcError(grpc::StatusCode::UNIMPLEMENTED,
                       "berth does not implement " + name + " yet");
  }
};

TEST_F(Unimplemented, SaysSoByName) {
#define EXPECT_REFUSAL(Method) ExpectRefusal(#Method, &RuntimeService::Method)
  EXPECT_REFUSAL(RestorePod);
#undef EXPECT_REFUSAL
  EXPECT_THAT(runtime.calls, IsEmpty());
}

}  // namespace
}  // namespace berth::cri
