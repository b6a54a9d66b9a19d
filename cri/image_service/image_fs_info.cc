// SPDX-License-Identifier: Apache-2.0
#include "absl/time/time.h"

#include "cri/image_service.h"
#include "cri/rpc.h"

namespace berth::cri {

grpc::Status ImageService::ImageFsInfo(grpc::ServerContext* context, const v1::ImageFsInfoRequest*,
                                       v1::ImageFsInfoResponse* response) {
  return ServeRpc("ImageFsInfo", context, metrics_, [&](const Call&) {
    const imageservice::StoreUsage usage = images_.Usage();
    v1::FilesystemUsage& images = *response->add_image_filesystems();
    images.set_timestamp(absl::ToUnixNanos(usage.at));
    images.mutable_fs_id()->set_mountpoint(usage.mountpoint);
    images.mutable_used_bytes()->set_value(usage.used_bytes);
    images.mutable_inodes_used()->set_value(usage.inodes_used);
    *response->add_container_filesystems() = images;  // one disk for both
    return absl::OkStatus();
  });
}

}  // namespace berth::cri
