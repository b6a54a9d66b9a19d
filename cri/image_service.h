// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"

#include "cri/call_budget.h"
#include "imageservice/image_store.h"
#include "metrics/metrics.h"
#include "proto/runtime/v1/api.grpc.pb.h"

namespace berth::cri {

namespace v1 = ::runtime::v1;

// Images that containers need of which the kubelet does not know, by id, and one such container of
// each. Unavailable until that is known.
using ListHeldImages = std::function<absl::StatusOr<std::map<std::string, std::string>>()>;

// CRI ImageService over the ImageStore. One file of image_service/ a call. What `held` lists is
// pinned, for the kubelet to leave it alone, and is not removed; until that is known nothing
// is. Thread-safe.
class ImageService final : public v1::ImageService::Service {
 public:
  ImageService(
      imageservice::ImageStore& images, metrics::Metrics& metrics,
      int max_threads = kDefaultMaxThreads,
      ListHeldImages held = [] { return std::map<std::string, std::string>(); })
      : images_(images),
        metrics_(metrics),
        held_(std::move(held)),
        pulls_(BudgetOfKind(max_threads)),
        lists_(BudgetOfStreams(max_threads)) {}

  grpc::Status ListImages(grpc::ServerContext* context, const v1::ListImagesRequest* request,
                          v1::ListImagesResponse* response) override;
  grpc::Status ImageStatus(grpc::ServerContext* context, const v1::ImageStatusRequest* request,
                           v1::ImageStatusResponse* response) override;
  grpc::Status PullImage(grpc::ServerContext* context, const v1::PullImageRequest* request,
                         v1::PullImageResponse* response) override;
  grpc::Status RemoveImage(grpc::ServerContext* context, const v1::RemoveImageRequest* request,
                           v1::RemoveImageResponse* response) override;
  grpc::Status ImageFsInfo(grpc::ServerContext* context, const v1::ImageFsInfoRequest* request,
                           v1::ImageFsInfoResponse* response) override;
  grpc::Status StreamImages(grpc::ServerContext* context, const v1::StreamImagesRequest* request,
                            grpc::ServerWriter<v1::StreamImagesResponse>* writer) override;

 private:
  // Nothing until it is known.
  std::map<std::string, std::string> Pinned() const {
    return held_().value_or(std::map<std::string, std::string>());
  }

  imageservice::ImageStore& images_;
  metrics::Metrics& metrics_;
  const ListHeldImages held_;
  CallBudget pulls_, lists_;
};

}  // namespace berth::cri
