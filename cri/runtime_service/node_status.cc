// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/utf8.h"
#include "base/version.h"
#include "cri/rpc.h"
#include "cri/runtime_service.h"
#include "cri/validation.h"

namespace berth::cri {

RuntimeService::RuntimeService(runtime::PodRuntime& runtime, imageservice::ImageStore& images,
                               StreamingServer& streams, metrics::Metrics& metrics,
                               std::string config_json, int max_threads)
    : runtime_(runtime),
      images_(images),
      streams_(streams),
      metrics_(metrics),
      config_json_(std::move(config_json)),
      starts_(BudgetOfKind(max_threads)),
      stops_(BudgetOfKind(max_threads)),
      execs_(BudgetOfKind(max_threads)),
      lists_(BudgetOfStreams(max_threads)),
      events_(BudgetOfStreams(max_threads)) {}

grpc::Status RuntimeService::Version(grpc::ServerContext* context, const v1::VersionRequest*,
                                     v1::VersionResponse* response) {
  return ServeRpc("Version", context, metrics_, [&](const Call&) -> absl::Status {
    response->set_version("0.1.0");  // of the kubelet's handshake; it accepts nothing else
    response->set_runtime_name("berth");
    response->set_runtime_version(kVersion);
    response->set_runtime_api_version("v1");
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::Status(grpc::ServerContext* context, const v1::StatusRequest* request,
                                    v1::StatusResponse* response) {
  return ServeRpc("Status", context, metrics_, [&](const Call&) -> absl::Status {
    v1::RuntimeCondition& runtime = *response->mutable_status()->add_conditions();
    runtime.set_type("RuntimeReady");
    runtime.set_status(true);
    v1::RuntimeCondition& network = *response->mutable_status()->add_conditions();
    network.set_type("NetworkReady");
    const absl::Status ready = runtime_.NetworkReady();
    network.set_status(ready.ok());
    if (!ready.ok()) {
      network.set_reason("NetworkPluginNotReady");
      network.set_message(
          ValidUtf8(absl::StrCat("Network plugin returns error: ", ready.message())));
    }
    for (const runtime::HandlerFeatures& handler : runtime_.Handlers()) {
      v1::RuntimeHandler& message = *response->add_runtime_handlers();
      message.set_name(handler.name);
      message.mutable_features()->set_recursive_read_only_mounts(
          handler.recursive_read_only_mounts);
      message.mutable_features()->set_user_namespaces(handler.user_namespaces);
    }
    response->mutable_features()->set_supplemental_groups_policy(true);
    if (request->verbose()) {
      (*response->mutable_info())["config"] = config_json_;
    }
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::RuntimeConfig(grpc::ServerContext* context,
                                           const v1::RuntimeConfigRequest*,
                                           v1::RuntimeConfigResponse* response) {
  return ServeRpc("RuntimeConfig", context, metrics_, [&](const Call&) -> absl::Status {
    response->mutable_linux()->set_cgroup_driver(
        runtime_.cgroup_driver() == runtime::CgroupDriver::kSystemd ? v1::SYSTEMD : v1::CGROUPFS);
    return absl::OkStatus();
  });
}

grpc::Status RuntimeService::UpdateRuntimeConfig(grpc::ServerContext* context,
                                                 const v1::UpdateRuntimeConfigRequest* request,
                                                 v1::UpdateRuntimeConfigResponse*) {
  // The pod CIDR is the CNI configuration's business.
  return ServeRpc("UpdateRuntimeConfig", context, metrics_, [&](const Call&) {
    return ValidatePodCidr(request->runtime_config().network_config().pod_cidr());
  });
}

}  // namespace berth::cri
