// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <string>
#include <utility>

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/runtime_service/service_fixture.h"

namespace berth::cri {
namespace {

imageservice::Image Busybox() {
  imageservice::Image image;
  image.id = "sha256:1";
  image.repo_tags = {"docker.io/library/busybox:1"};
  image.repo_digests = {"docker.io/library/busybox@sha256:9"};
  image.process.command = {"sh"};
  image.process.user = "1000";
  return image;
}

class CreateContainer : public RuntimeServiceTest {
 protected:
  CreateContainer() {
    images.images = {Busybox()};
    request.set_pod_sandbox_id("a0");
    request.mutable_config()->mutable_metadata()->set_name("app");
    request.mutable_config()->mutable_image()->set_image("sha256:1");
  }
  void AddImageVolume(const std::string& image, const std::string& path) {
    v1::Mount& mount = *request.mutable_config()->add_mounts();
    mount.mutable_image()->set_image(image);
    mount.set_container_path(path);
    mount.set_readonly(true);
  }
  grpc::Status Create() {
    return Ask(service, &RuntimeService::CreateContainer, request, &response);
  }

  v1::CreateContainerRequest request;
  v1::CreateContainerResponse response;
};

TEST_F(CreateContainer, GivesTheRuntimeTheImageAndItsRoot) {
  EXPECT_THAT(Create(), IsGrpcOk());
  ASSERT_EQ(runtime.requests.size(), 1u);
  const runtime::ContainerRequest& made = runtime.requests[0];
  EXPECT_EQ(response.container_id(), made.id);
  EXPECT_EQ(made.pod_id, "a0");
  EXPECT_EQ(made.image.id, "sha256:1");
  EXPECT_EQ(made.image.reference, "docker.io/library/busybox:1");
  EXPECT_EQ(made.image.repo_digest, "docker.io/library/busybox@sha256:9");
  EXPECT_THAT(made.image.command, ElementsAre("sh"));
  EXPECT_EQ(made.image.user, "1000");
  EXPECT_THAT(made.root.lower, ElementsAre("/layers/sha256:1"));
  EXPECT_EQ(made.root.upper, "/upper/" + made.id);
  EXPECT_THAT(images.RootfsKeys(), ElementsAre(made.id));
}

TEST_F(CreateContainer, NeedsCriuForACheckpoint) {
  request.mutable_config()->mutable_image()->set_image("/var/lib/checkpoint.tar");
  EXPECT_THAT(Create(), IsGrpcError(grpc::StatusCode::UNIMPLEMENTED, HasSubstr("criu")));
  EXPECT_THAT(runtime.requests, IsEmpty());
}

TEST_F(CreateContainer, ShowsTheImageAsTheUserWroteIt) {
  request.mutable_config()->mutable_image()->set_user_specified_image("busybox:1");
  EXPECT_THAT(Create(), IsGrpcOk());
  EXPECT_EQ(runtime.requests.at(0).image.reference, "busybox:1");
}

TEST_F(CreateContainer, MakesAViewForEachImageVolume) {
  AddImageVolume("sha256:1", "/a");
  AddImageVolume("docker.io/library/busybox:1", "/b");
  EXPECT_THAT(Create(), IsGrpcOk());
  const std::string id = response.container_id();
  EXPECT_THAT(images.RootfsKeys(), ElementsAre(id, id + "/0", id + "/1"));
  EXPECT_EQ(runtime.requests.at(0).image_volumes.at("/a").upper, "");
  EXPECT_THAT(runtime.requests.at(0).image_volumes.at("/b").lower, ElementsAre("/layers/sha256:1"));
}

TEST_F(CreateContainer, NotesWhichImageAVolumeIsOf) {
  imageservice::Image other = Busybox();
  other.id = "sha256:2";
  other.repo_tags = {"docker.io/library/data:1"};
  images.images.push_back(other);
  AddImageVolume("docker.io/library/data:1", "/data");
  EXPECT_THAT(Create(), IsGrpcOk());
  const v1::ImageSpec& image = runtime.requests.at(0).config.mounts(0).image();
  EXPECT_EQ(image.image(), "docker.io/library/data:1");
  EXPECT_EQ(image.image_ref(), "sha256:2");
}

// In which something happens while it makes a container.
class EventfulRuntime : public test::FakePodRuntime {
 public:
  explicit EventfulRuntime(std::function<void()> meanwhile) : meanwhile_(std::move(meanwhile)) {}
  absl::StatusOr<std::string> CreateContainer(const Call& call,
                                              runtime::ContainerRequest request) override {
    meanwhile_();
    return FakePodRuntime::CreateContainer(call, std::move(request));
  }

 private:
  const std::function<void()> meanwhile_;
};

TEST_F(CreateContainer, HoldsItsImagesUntilItIsOnRecordAndAnotherMayHoldThemToo) {
  images.images.push_back(Busybox());
  images.images.back().id = "sha256:2";
  AddImageVolume("sha256:2", "/a");
  const Call now = Call::WithTimeout(absl::ZeroDuration());
  EventfulRuntime eventful([&] {
    for (const char* id : {"sha256:1", "sha256:2"}) {
      EXPECT_THAT(images.HoldToRemove(now, id),
                  test::StatusIs(absl::StatusCode::kDeadlineExceeded));
      EXPECT_THAT(images.HoldToUse(now, id), test::IsOk());
    }
  });
  RuntimeService eventful_service(eventful, images, streams, metrics, "{}");
  EXPECT_THAT(Ask(eventful_service, &RuntimeService::CreateContainer, request, &response),
              IsGrpcOk());
  EXPECT_EQ(eventful.requests.size(), 1u);
  for (const char* id : {"sha256:1", "sha256:2"}) {
    EXPECT_THAT(images.HoldToRemove(now, id), test::IsOk());
  }
}

TEST_F(CreateContainer, LeavesNoRootWhenTheRuntimeRefuses) {
  AddImageVolume("sha256:1", "/a");
  runtime.failures["CreateContainer"] = absl::NotFoundError("no pod a0");
  EXPECT_THAT(Create(), IsGrpcError(grpc::StatusCode::NOT_FOUND, "no pod a0"));
  EXPECT_THAT(images.RootfsKeys(), IsEmpty());
}

TEST_F(CreateContainer, LeavesNoRootWhenAVolumeFails) {
  AddImageVolume("sha256:1", "/a");
  AddImageVolume("gone", "/b");
  EXPECT_THAT(Create(),
              IsGrpcError(grpc::StatusCode::UNKNOWN, "ImageVolumeMountFailed: no image gone"));
  EXPECT_THAT(images.RootfsKeys(), IsEmpty());
  images.failures["PrepareView"] = absl::ResourceExhaustedError("disk full");
  EXPECT_THAT(Create(),
              IsGrpcError(grpc::StatusCode::UNKNOWN, "ImageVolumeMountFailed: disk full"));
  EXPECT_THAT(images.RootfsKeys(), IsEmpty());
}

TEST_F(CreateContainer, LeavesNoRootOfItsOwnWhenARetryFindsTheContainer) {
  AddImageVolume("sha256:1", "/a");
  images.roots["c1"] = images.roots["c1/0"] = "sha256:1";
  runtime.existing_container = "c1";
  EXPECT_THAT(Create(), IsGrpcOk());
  EXPECT_EQ(response.container_id(), "c1");
  EXPECT_THAT(images.RootfsKeys(), ElementsAre("c1", "c1/0"));
}

TEST_F(CreateContainer, NeedsTheImage) {
  request.mutable_config()->mutable_image()->set_image("nginx");
  EXPECT_THAT(Create(), IsGrpcError(grpc::StatusCode::NOT_FOUND, "no image nginx"));
  images.images = {Busybox()};
  images.failures["PrepareRootfs"] = absl::ResourceExhaustedError("disk full");
  request.mutable_config()->mutable_image()->set_image("sha256:1");
  EXPECT_THAT(Create(), IsGrpcError(grpc::StatusCode::RESOURCE_EXHAUSTED, "disk full"));
}

TEST_F(CreateContainer, RefusesABadRequestBeforeAnythingIsDone) {
  request.set_pod_sandbox_id("");
  EXPECT_THAT(Create(),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "pod_sandbox_id: is required"));
  request.set_pod_sandbox_id("a0");
  request.mutable_config()->clear_metadata();
  EXPECT_THAT(Create(),
              IsGrpcError(grpc::StatusCode::INVALID_ARGUMENT, "metadata.name: is required"));
  EXPECT_THAT(runtime.requests, IsEmpty());
  EXPECT_THAT(images.RootfsKeys(), IsEmpty());
}

}  // namespace
}  // namespace berth::cri
