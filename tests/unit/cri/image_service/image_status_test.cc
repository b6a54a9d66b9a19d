// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/image_service/service_fixture.h"

namespace berth::cri {
namespace {

class ImageStatus : public ImageServiceTest {
 protected:
  grpc::Status StatusOf(const std::string& name) {
    request.mutable_image()->set_image(name);
    return Ask(service, &ImageService::ImageStatus, request, &response);
  }

  v1::ImageStatusRequest request;
  v1::ImageStatusResponse response;
};

TEST_F(ImageStatus, IsOfTheOneNamed) {
  EXPECT_THAT(StatusOf("docker.io/library/busybox:1"), IsGrpcOk());
  EXPECT_EQ(response.image().id(), "sha256:1");
  EXPECT_EQ(response.image().size(), 5u);
  EXPECT_EQ(response.info_size(), 0);
}

TEST_F(ImageStatus, SaysMoreWhenVerbose) {
  images.configs["sha256:1"] =
      R"({"os":"linux","config":{"Cmd":["sh"],"ExposedPorts":{"80/tcp":{}}}})";
  request.set_verbose(true);
  EXPECT_THAT(StatusOf("sha256:1"), IsGrpcOk());
  EXPECT_THAT(
      response.info().at("info"),
      HasSubstr(
          R"("imageSpec":{"config":{"Cmd":["sh"],"ExposedPorts":{"80/tcp":{}}},"os":"linux"})"));
}

TEST_F(ImageStatus, OfAnUnknownOneIsAnEmptyAnswer) {
  EXPECT_THAT(StatusOf("nginx"), IsGrpcOk());
  EXPECT_FALSE(response.has_image());
}

TEST_F(ImageStatus, RefusesABadName) {
  EXPECT_THAT(StatusOf(""),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "image.image: is required"));
  images.failures["Find"] = absl::InvalidArgumentError("bad reference");
  EXPECT_THAT(StatusOf("Nginx!"), IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "bad reference"));
}

}  // namespace
}  // namespace berth::cri
