// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/cri/image_service/service_fixture.h"

namespace berth::cri {
namespace {

using ImageFsInfo = ImageServiceTest;

TEST_F(ImageFsInfo, IsOneDiskForImagesAndContainers) {
  images.usage = {"/var/lib/berth", 4096, 12, absl::FromUnixNanos(99)};
  v1::ImageFsInfoResponse response;
  EXPECT_THAT(Ask(service, &ImageService::ImageFsInfo, v1::ImageFsInfoRequest(), &response),
              IsGrpcOk());
  ASSERT_EQ(response.image_filesystems_size(), 1);
  ASSERT_EQ(response.container_filesystems_size(), 1);
  for (const v1::FilesystemUsage& usage :
       {response.image_filesystems(0), response.container_filesystems(0)}) {
    EXPECT_EQ(usage.fs_id().mountpoint(), "/var/lib/berth");
    EXPECT_EQ(usage.used_bytes().value(), 4096u);
    EXPECT_EQ(usage.inodes_used().value(), 12u);
    EXPECT_EQ(usage.timestamp(), 99);
  }
}

}  // namespace
}  // namespace berth::cri
