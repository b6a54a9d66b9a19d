// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/image_service/service_fixture.h"
#include "tests/unit/cri/stream_under_test.h"

namespace berth::cri {
namespace {

class ListImages : public ImageServiceTest {
 protected:
  grpc::Status List(const std::string& name) {
    v1::ListImagesRequest request;
    request.mutable_filter()->mutable_image()->set_image(name);
    response.Clear();
    return Ask(service, &ImageService::ListImages, request, &response);
  }

  v1::ListImagesResponse response;
};

TEST_F(ListImages, AnswersAllOrTheOneNamed) {
  images.images.emplace_back().id = "sha256:2";
  EXPECT_THAT(List(""), IsGrpcOk());
  EXPECT_EQ(response.images_size(), 2);
  EXPECT_THAT(List("docker.io/library/busybox:1"), IsGrpcOk());
  ASSERT_EQ(response.images_size(), 1);
  EXPECT_EQ(response.images(0).id(), "sha256:1");
}

TEST_F(ListImages, OfAnUnknownNameIsEmpty) {
  EXPECT_THAT(List("nginx"), IsGrpcOk());
  EXPECT_EQ(response.images_size(), 0);
}

TEST_F(ListImages, TellsWhatElseIsWrong) {
  images.failures["Find"] = absl::InvalidArgumentError("bad reference");
  EXPECT_THAT(List("Nginx!"), IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "bad reference"));
}

TEST_F(ListImages, ComesAsAStreamToo) {
  InProcess<v1::ImageService> server(service);
  v1::StreamImagesRequest request;
  const auto [pieces, ended] = server.ReadAll(&v1::ImageService::Stub::StreamImages, request);
  EXPECT_THAT(ended, IsGrpcOk());
  ASSERT_EQ(pieces.size(), 1u);
  EXPECT_EQ(pieces[0].images(0).id(), "sha256:1");
  images.failures["Find"] = absl::InvalidArgumentError("bad reference");
  request.mutable_filter()->mutable_image()->set_image("Nginx!");
  EXPECT_THAT(server.ReadAll(&v1::ImageService::Stub::StreamImages, request).second,
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "bad reference"));
}

}  // namespace
}  // namespace berth::cri
