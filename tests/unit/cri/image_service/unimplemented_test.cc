// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/image_service/service_fixture.h"

namespace berth::cri {
namespace {

using Unimplemented = ImageServiceTest;

TEST_F(Unimplemented, SaysSoByName) {
  grpc::ServerContext context;
  const v1::StreamImagesRequest request;
  EXPECT_THAT(
      service.StreamImages(&context, &request, nullptr),
      IsGrpcError(grpc::StatusCode::UNIMPLEMENTED, "berth does not implement StreamImages yet"));
}

}  // namespace
}  // namespace berth::cri
