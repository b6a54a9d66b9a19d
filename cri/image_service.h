// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"

#include "cri/call_budget.h"
#include "imageservice/image_store.h"
#include "metrics/metrics.h"
#include "proto/runtime/v1/api.grpc.pb.h"

namespace berth::cri {

namespace v1 = ::runtime::v1;

// CRI ImageService over the ImageStore. One file of image_service/ a call. Thread-safe.
class ImageService final : public v1::ImageService::Service {
 public:
  ImageService(imageservice::ImageStore& images, metrics::Metrics& metrics,
               int max_threads = kDefaultMaxThreads)
      : images_(images),
        metrics_(metrics),
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
  imageservice::ImageStore& images_;
  metrics::Metrics& metrics_;
  CallBudget pulls_, lists_;
};

}  // namespace berth::cri
