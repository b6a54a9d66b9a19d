// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/attachment.h"

#include <cstdint>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "runtime/network/bandwidth.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxArgument = 1024;
constexpr char kIngressAnnotation[] = "kubernetes.io/ingress-bandwidth";
constexpr char kEgressAnnotation[] = "kubernetes.io/egress-bandwidth";

bool IsPlain(absl::string_view value) {
  for (char c : value) {
    if (c == ';' || c == '=' || absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return false;
    }
  }
  return value.size() <= kMaxArgument;
}

absl::StatusOr<Json> PortMappings(const AttachmentRequest& request) {
  Json mappings = Json::array();
  for (const PortMapping& port : request.port_mappings) {
    if (port.host_port <= 0) {
      continue;  // a port that is only declared
    }
    if (port.host_port > UINT16_MAX || port.container_port <= 0 ||
        port.container_port > UINT16_MAX) {
      return absl::InvalidArgumentError(absl::StrCat("port mapping ", port.host_port, " to ",
                                                     port.container_port, " is out of range"));
    }
    Json mapping = {{"hostPort", port.host_port},
                    {"containerPort", port.container_port},
                    {"protocol", absl::AsciiStrToLower(port.protocol)}};
    if (!port.host_ip.empty()) {
      mapping["hostIP"] = port.host_ip;
    }
    mappings.push_back(std::move(mapping));
  }
  return mappings;
}

absl::Status AddRate(const AttachmentRequest& request, const char* annotation,
                     const std::string& direction, Json& bandwidth) {
  auto found = request.annotations.find(annotation);
  if (found == request.annotations.end()) {
    return absl::OkStatus();
  }
  absl::StatusOr<int64_t> rate = ParseBandwidth(found->second);
  if (!rate.ok()) {
    return Annotate(rate.status(), annotation);
  }
  bandwidth[direction + "Rate"] = *rate;
  bandwidth[direction + "Burst"] = UINT32_MAX;
  return absl::OkStatus();
}

void AddList(Json& dns, const char* key, const std::vector<std::string>& values) {
  if (!values.empty()) {
    dns[key] = values;
  }
}

}  // namespace

bool IsPodInterface(absl::string_view name) {
  constexpr size_t kMaxDigits = 3;
  return absl::ConsumePrefix(&name, "eth") && !name.empty() && name.size() <= kMaxDigits &&
         absl::c_all_of(name,
                        [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

absl::StatusOr<CniArguments> PodArguments(const AttachmentRequest& request) {
  CniArguments arguments = {{"IgnoreUnknown", "1"},
                            {"K8S_POD_NAMESPACE", request.pod_namespace},
                            {"K8S_POD_NAME", request.pod_name},
                            {"K8S_POD_INFRA_CONTAINER_ID", request.pod_id},
                            {"K8S_POD_UID", request.pod_uid}};
  for (const auto& [key, value] : arguments) {
    if (!IsPlain(value)) {
      return absl::InvalidArgumentError(absl::StrCat(key, " cannot be passed to CNI plugins"));
    }
  }
  return arguments;
}

std::string FormatArguments(const CniArguments& arguments) {
  return absl::StrJoin(arguments, ";", absl::PairFormatter("="));
}

absl::StatusOr<Json> CapabilityArguments(const AttachmentRequest& request) {
  Json arguments = Json::object();
  ASSIGN_OR_RETURN(Json mappings, PortMappings(request));
  if (!mappings.empty()) {
    arguments["portMappings"] = std::move(mappings);
  }
  Json bandwidth = Json::object();
  RETURN_IF_ERROR(AddRate(request, kIngressAnnotation, "ingress", bandwidth));
  RETURN_IF_ERROR(AddRate(request, kEgressAnnotation, "egress", bandwidth));
  if (!bandwidth.empty()) {
    arguments["bandwidth"] = std::move(bandwidth);
  }
  Json dns = Json::object();
  AddList(dns, "servers", request.dns_servers);
  AddList(dns, "searches", request.dns_searches);
  AddList(dns, "options", request.dns_options);
  if (!dns.empty()) {
    arguments["dns"] = std::move(dns);
  }
  if (!request.cgroup_parent.empty()) {
    arguments["cgroupPath"] = request.cgroup_parent;
  }
  if (!request.annotations.empty()) {
    arguments["io.kubernetes.cri.pod-annotations"] = request.annotations;
  }
  return arguments;
}

}  // namespace berth::runtime
