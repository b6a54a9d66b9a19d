// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/map.h"
#include "grpcpp/grpcpp.h"

#include "base/json.h"
#include "cri/cli/lookup.h"
#include "cri/cli/waiting_notice.h"
#include "proto/runtime/v1/api.grpc.pb.h"

namespace berth::cli {

namespace v1 = ::runtime::v1;

inline constexpr char kDefaultAddress[] = "unix:///run/berth/berth.sock";
inline constexpr absl::Duration kCallTimeout = absl::Minutes(4);  // as the kubelet's for slow calls

// The path in "unix:///path", "unix:path" or "/path". InvalidArgument for anything else. Pure.
absl::StatusOr<std::string> SocketPath(absl::string_view address);

// What a verbose status says beyond its message; an empty object where it says nothing.
berth::Json InfoIn(const google::protobuf::Map<std::string, std::string>& info);
template <typename Response>
berth::Json InfoIn(const Response& status) {
  return InfoIn(status.info());
}

// A connection to a CRI daemon. Thread-safe.
class Client {
 public:
  using Runtime = v1::RuntimeService::Stub;
  using Images = v1::ImageService::Stub;

  // Unavailable or PermissionDenied, with what to do, when nobody answers at the address.
  static absl::StatusOr<Client> Connect(absl::string_view address);

  // One RPC. `what` says what is being done ("stopping web"): shown while it takes long, and before
  // the cause in an error.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, absl::string_view what,
                                absl::Duration timeout = kCallTimeout) const {
    grpc::ClientContext context;
    if (timeout != absl::InfiniteDuration()) {
      context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    }
    Response response;
    const WaitingNotice notice(what);
    const grpc::Status status = (StubOf<Stub>()->*method)(&context, request, &response);
    if (!status.ok()) {
      return ToStatus(status, what);
    }
    return response;
  }

  absl::StatusOr<Inventory> List() const;
  absl::StatusOr<v1::ContainerStatusResponse> ContainerStatus(const std::string& id) const;
  absl::StatusOr<v1::PodSandboxStatusResponse> PodStatus(const std::string& id) const;
  // Without an image when there is none of that name.
  absl::StatusOr<v1::ImageStatusResponse> ImageStatus(const std::string& name) const;

 private:
  Client(const std::shared_ptr<grpc::Channel>& channel, std::string address);

  absl::Status ToStatus(const grpc::Status& status, absl::string_view what) const;

  template <typename Stub>
  Stub* StubOf() const {
    if constexpr (std::is_same_v<Stub, Runtime>) {
      return runtime_.get();
    } else {
      return images_.get();
    }
  }

  std::string address_;
  std::shared_ptr<Runtime> runtime_;
  std::shared_ptr<Images> images_;
};

}  // namespace berth::cli
