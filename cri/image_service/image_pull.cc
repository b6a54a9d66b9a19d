// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"
#include "cri/image_service.h"
#include "cri/rpc.h"
#include "proto/kubelet_errors.h"

namespace berth::cri {
namespace {

imageservice::Credentials ToCredentials(const v1::AuthConfig& auth) {
  imageservice::Credentials credentials;
  credentials.username = auth.username();
  credentials.password = Secret(auth.password());
  credentials.auth = Secret(auth.auth());
  credentials.server_address = auth.server_address();
  credentials.identity_token = Secret(auth.identity_token());
  credentials.registry_token = Secret(auth.registry_token());
  return credentials;
}

absl::Status ForKubelet(const absl::Status& status) {
  return absl::IsUnavailable(status) ? Annotate(status, kRegistryUnavailable) : status;
}

}  // namespace

grpc::Status ImageService::PullImage(grpc::ServerContext* context,
                                     const v1::PullImageRequest* request,
                                     v1::PullImageResponse* response) {
  return ServeSlowRpc("PullImage", context, metrics_, pulls_,
                      [&](const Call& call) -> absl::Status {
                        if (request->image().image().empty()) {
                          return absl::InvalidArgumentError("image.image: is required");
                        }
                        imageservice::PullRequest pull;
                        pull.reference = request->image().image();
                        pull.credentials = ToCredentials(request->auth());
                        absl::StatusOr<imageservice::Image> image = images_.Pull(call, pull);
                        if (!image.ok()) {
                          return ForKubelet(image.status());
                        }
                        response->set_image_ref(image->id);
                        return absl::OkStatus();
                      });
}

}  // namespace berth::cri
