// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/image_service/service_fixture.h"

namespace berth::cri {
namespace {

class PullImage : public ImageServiceTest {
 protected:
  grpc::Status Pull(const std::string& name) {
    request.mutable_image()->set_image(name);
    return Ask(service, &ImageService::PullImage, request, &response);
  }

  v1::PullImageRequest request;
  v1::PullImageResponse response;
};

TEST_F(PullImage, AnswersTheId) {
  EXPECT_THAT(Pull("nginx"), IsGrpcOk());
  EXPECT_EQ(response.image_ref(), "sha256:2");
}

TEST_F(PullImage, HandsTheCredentialsOn) {
  v1::AuthConfig& auth = *request.mutable_auth();
  auth.set_username("me");
  auth.set_password("p");
  auth.set_auth("a");
  auth.set_server_address("registry.example");
  auth.set_identity_token("i");
  auth.set_registry_token("r");
  EXPECT_THAT(Pull("nginx"), IsGrpcOk());
  const imageservice::Credentials& credentials = images.pulls.at(0).credentials;
  EXPECT_EQ(credentials.username, "me");
  EXPECT_EQ(credentials.password.Reveal(), "p");
  EXPECT_EQ(credentials.auth.Reveal(), "a");
  EXPECT_EQ(credentials.server_address, "registry.example");
  EXPECT_EQ(credentials.identity_token.Reveal(), "i");
  EXPECT_EQ(credentials.registry_token.Reveal(), "r");
}

TEST_F(PullImage, NeedsAName) {
  EXPECT_THAT(Pull(""),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "image.image: is required"));
  EXPECT_THAT(images.pulls, IsEmpty());
}

TEST_F(PullImage, TellsWhyItFailedInTheKubeletsWords) {
  const std::pair<absl::Status, grpc::StatusCode> cases[] = {
      {absl::NotFoundError("manifest unknown"), grpc::StatusCode::NOT_FOUND},
      {absl::UnauthenticatedError("log in"), grpc::StatusCode::UNAUTHENTICATED},
      {absl::PermissionDeniedError("not yours"), grpc::StatusCode::PERMISSION_DENIED},
      {absl::ResourceExhaustedError("disk full"), grpc::StatusCode::RESOURCE_EXHAUSTED},
  };
  for (const auto& [failure, code] : cases) {
    images.failures["Pull"] = failure;
    EXPECT_THAT(Pull("nginx"), IsGrpcError(code, std::string(failure.message())));
  }
  images.failures["Pull"] = absl::UnavailableError("no route to host");
  EXPECT_THAT(Pull("nginx"),
              IsGrpcError(grpc::StatusCode::UNKNOWN, "RegistryUnavailable: no route to host"));
}

}  // namespace
}  // namespace berth::cri
