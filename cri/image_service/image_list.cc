// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "absl/status/statusor.h"

#include "base/status.h"
#include "cri/image_service.h"
#include "cri/messages.h"
#include "cri/rpc.h"
#include "cri/stream_pieces.h"

namespace berth::cri {
namespace {

using Images = google::protobuf::RepeatedPtrField<v1::Image>;

absl::StatusOr<Images> List(const imageservice::ImageStore& store, const v1::ImageFilter& filter,
                            const std::map<std::string, std::string>& held) {
  const std::string& name = filter.image().image();
  Images list;
  const auto add = [&](imageservice::Image image) {
    image.pinned |= held.count(image.id) > 0;
    *list.Add() = ToImage(image);
  };
  if (name.empty()) {
    for (imageservice::Image& image : store.List()) {
      add(std::move(image));
    }
    return list;
  }
  absl::StatusOr<imageservice::Image> image = store.Find(name);
  if (image.ok()) {
    add(*std::move(image));
  } else if (!absl::IsNotFound(image.status())) {
    return image.status();
  }
  return list;
}

}  // namespace

grpc::Status ImageService::ListImages(grpc::ServerContext* context,
                                      const v1::ListImagesRequest* request,
                                      v1::ListImagesResponse* response) {
  return ServeRpc("ListImages", context, metrics_, [&](const Call&) -> absl::Status {
    ASSIGN_OR_RETURN(*response->mutable_images(), List(images_, request->filter(), Pinned()));
    return absl::OkStatus();
  });
}

grpc::Status ImageService::StreamImages(grpc::ServerContext* context,
                                        const v1::StreamImagesRequest* request,
                                        grpc::ServerWriter<v1::StreamImagesResponse>* writer) {
  return ServeSlowRpc("StreamImages", context, metrics_, lists_, [&](const Call&) -> absl::Status {
    ASSIGN_OR_RETURN(Images list, List(images_, request->filter(), Pinned()));
    return SendInPieces(std::move(list), &v1::StreamImagesResponse::mutable_images, *writer);
  });
}

}  // namespace berth::cri
