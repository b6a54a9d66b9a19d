// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/image_service/service_fixture.h"

namespace berth::cri {
namespace {

class RemoveImage : public ImageServiceTest {
 protected:
  grpc::Status Remove(const std::string& name) {
    v1::RemoveImageRequest request;
    request.mutable_image()->set_image(name);
    return Ask(service, &ImageService::RemoveImage, request);
  }
};

TEST_F(RemoveImage, IsOkAgainAndForAnUnknownOne) {
  EXPECT_THAT(Remove("sha256:1"), IsGrpcOk());
  EXPECT_THAT(images.List(), IsEmpty());
  EXPECT_THAT(Remove("sha256:1"), IsGrpcOk());
}

TEST_F(RemoveImage, NeedsAName) {
  EXPECT_THAT(Remove(""),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "image.image: is required"));
  EXPECT_EQ(images.List().size(), 1u);
}

TEST_F(RemoveImage, TellsWhyItFailed) {
  images.failures["Remove"] = absl::InternalError("database is locked");
  EXPECT_THAT(Remove("sha256:1"), IsGrpcError(grpc::StatusCode::INTERNAL, "database is locked"));
}

}  // namespace
}  // namespace berth::cri
