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

TEST_F(RemoveImage, LeavesWhatAContainerOfTheEngineNeeds) {
  const std::string container(64, 'c');
  ImageService holding(images, metrics, kDefaultMaxThreads, [&] {
    return std::map<std::string, std::string>{{"sha256:1", container}};
  });
  v1::RemoveImageRequest request;
  request.mutable_image()->set_image("docker.io/library/busybox:1");
  EXPECT_THAT(Ask(holding, &ImageService::RemoveImage, request),
              IsGrpcError(grpc::StatusCode::FAILED_PRECONDITION,
                          "image 1 is used by container cccccccccccc of the Engine API, which "
                          "cannot start without it"));
  EXPECT_EQ(images.List().size(), 1u);
  v1::ListImagesResponse list;
  EXPECT_THAT(Ask(holding, &ImageService::ListImages, v1::ListImagesRequest(), &list), IsGrpcOk());
  ASSERT_EQ(list.images_size(), 1);
  EXPECT_TRUE(list.images(0).pinned());
}

TEST_F(RemoveImage, RemovesNothingUntilItIsKnownWhatIsNeeded) {
  ImageService early(images, metrics, kDefaultMaxThreads,
                     [] { return absl::UnavailableError("not known yet"); });
  v1::RemoveImageRequest request;
  request.mutable_image()->set_image("docker.io/library/busybox:1");
  EXPECT_THAT(Ask(early, &ImageService::RemoveImage, request),
              IsGrpcError(grpc::StatusCode::UNAVAILABLE, "not known yet"));
  EXPECT_EQ(images.List().size(), 1u);
  v1::ListImagesResponse list;
  EXPECT_THAT(Ask(early, &ImageService::ListImages, v1::ListImagesRequest(), &list), IsGrpcOk());
  EXPECT_EQ(list.images_size(), 1);
}

TEST_F(RemoveImage, TellsWhyItFailed) {
  images.failures["Remove"] = absl::InternalError("database is locked");
  EXPECT_THAT(Remove("sha256:1"), IsGrpcError(grpc::StatusCode::INTERNAL, "database is locked"));
}

}  // namespace
}  // namespace berth::cri
