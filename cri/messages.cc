// SPDX-License-Identifier: Apache-2.0
#include "cri/messages.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/map.h"
#include "google/protobuf/util/json_util.h"

#include "base/json.h"

namespace berth::cri {
namespace {

using Labels = google::protobuf::Map<std::string, std::string>;

bool HasLabels(const Labels& labels, const Labels& wanted) {
  for (const auto& [key, value] : wanted) {
    auto found = labels.find(key);
    if (found == labels.end() || found->second != value) {
      return false;
    }
  }
  return true;
}

Json MessageJson(const google::protobuf::Message& message) {
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text).ok()) {
    return Json::object();
  }
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

void SetPressure(const runtime::PressureLine& line, v1::PsiData& message) {
  message.set_total(line.total_ns);
  message.set_avg10(line.avg10);
  message.set_avg60(line.avg60);
  message.set_avg300(line.avg300);
}

v1::PsiStats ToPsiStats(const runtime::Pressure& pressure) {
  v1::PsiStats message;
  SetPressure(pressure.full, *message.mutable_full());
  SetPressure(pressure.some, *message.mutable_some());
  return message;
}

v1::CpuUsage ToCpuUsage(const runtime::ContainerUsage& usage) {
  v1::CpuUsage message;
  message.set_timestamp(absl::ToUnixNanos(usage.at));
  message.mutable_usage_core_nano_seconds()->set_value(usage.cpu_ns);
  if (usage.cpu_rate.has_value()) {
    message.mutable_usage_nano_cores()->set_value(*usage.cpu_rate);
  }
  if (usage.cpu_pressure.has_value()) {
    *message.mutable_psi() = ToPsiStats(*usage.cpu_pressure);
  }
  return message;
}

v1::MemoryUsage ToMemoryUsage(const runtime::ContainerUsage& usage) {
  v1::MemoryUsage memory;
  memory.set_timestamp(absl::ToUnixNanos(usage.at));
  memory.mutable_working_set_bytes()->set_value(usage.memory_working_set);
  memory.mutable_usage_bytes()->set_value(usage.memory_usage);
  memory.mutable_rss_bytes()->set_value(usage.memory_rss);
  memory.mutable_page_faults()->set_value(usage.page_faults);
  memory.mutable_major_page_faults()->set_value(usage.major_page_faults);
  if (usage.memory_available.has_value()) {
    memory.mutable_available_bytes()->set_value(*usage.memory_available);
  }
  if (usage.memory_pressure.has_value()) {
    *memory.mutable_psi() = ToPsiStats(*usage.memory_pressure);
  }
  return memory;
}

// There is nothing else that the CRI tells of I/O.
template <typename Stats>
void AddIo(const runtime::ContainerUsage& usage, Stats& message) {
  if (usage.io_pressure.has_value()) {
    message.mutable_io()->set_timestamp(absl::ToUnixNanos(usage.at));
    *message.mutable_io()->mutable_psi() = ToPsiStats(*usage.io_pressure);
  }
}

void SetInterface(const runtime::InterfaceUsage& usage, v1::NetworkInterfaceUsage& message) {
  message.set_name(usage.name);
  message.mutable_rx_bytes()->set_value(usage.receive_bytes);
  message.mutable_rx_errors()->set_value(usage.receive_errors);
  message.mutable_tx_bytes()->set_value(usage.transmit_bytes);
  message.mutable_tx_errors()->set_value(usage.transmit_errors);
}

// The user part of an image's "user[:group]": a number goes to uid, a name to username.
void SetUser(absl::string_view user, v1::Image& image) {
  const std::string name =
      std::pair<std::string, std::string>(absl::StrSplit(user, absl::MaxSplits(':', 1))).first;
  int64_t uid = 0;
  if (name.empty()) {
    return;
  }
  if (absl::SimpleAtoi(name, &uid)) {
    image.mutable_uid()->set_value(uid);
  } else {
    image.set_username(name);
  }
}

}  // namespace

v1::PodSandbox ToPodSandbox(const runtime::PodSnapshot& pod) {
  v1::PodSandbox message;
  message.set_id(pod.id);
  *message.mutable_metadata() = pod.config.metadata();
  message.set_state(pod.state);
  message.set_created_at(pod.created_at);
  *message.mutable_labels() = pod.config.labels();
  *message.mutable_annotations() = pod.config.annotations();
  message.set_runtime_handler(pod.runtime_handler);
  return message;
}

v1::PodSandboxStatus ToPodSandboxStatus(const runtime::PodSnapshot& pod) {
  v1::PodSandboxStatus message;
  message.set_id(pod.id);
  *message.mutable_metadata() = pod.config.metadata();
  message.set_state(pod.state);
  message.set_created_at(pod.created_at);
  v1::PodSandboxNetworkStatus& network = *message.mutable_network();
  for (size_t i = 0; i < pod.network.ips.size(); ++i) {
    if (i == 0) {
      network.set_ip(pod.network.ips[i]);
    } else {
      network.add_additional_ips()->set_ip(pod.network.ips[i]);
    }
  }
  // The kubelet makes the pod anew when this is not what it asked for, so it is an echo.
  *message.mutable_linux()->mutable_namespaces()->mutable_options() =
      pod.config.linux().security_context().namespace_options();
  *message.mutable_labels() = pod.config.labels();
  *message.mutable_annotations() = pod.config.annotations();
  message.set_runtime_handler(pod.runtime_handler);
  return message;
}

v1::Container ToContainer(const runtime::ContainerSnapshot& container) {
  v1::Container message;
  message.set_id(container.id);
  message.set_pod_sandbox_id(container.pod_id);
  *message.mutable_metadata() = container.config.metadata();
  *message.mutable_image() = container.config.image();
  message.set_image_ref(container.image.repo_digest);
  message.set_image_id(container.image.id);
  message.set_state(container.state);
  message.set_created_at(container.created_at);
  *message.mutable_labels() = container.config.labels();
  *message.mutable_annotations() = container.config.annotations();
  return message;
}

v1::ContainerStatus ToContainerStatus(const runtime::ContainerSnapshot& container) {
  v1::ContainerStatus message;
  message.set_id(container.id);
  *message.mutable_metadata() = container.config.metadata();
  message.set_state(container.state);
  message.set_created_at(container.created_at);
  message.set_started_at(container.started_at);
  message.set_finished_at(container.finished_at);
  message.set_exit_code(container.exit_code);
  *message.mutable_image() = container.config.image();
  message.mutable_image()->set_image(container.image.reference);
  message.set_image_ref(container.image.repo_digest);
  message.set_image_id(container.image.id);
  message.set_reason(container.reason);
  message.set_message(container.message);
  *message.mutable_labels() = container.config.labels();
  *message.mutable_annotations() = container.config.annotations();
  *message.mutable_mounts() = container.config.mounts();
  message.set_log_path(container.log_path);
  *message.mutable_resources() = container.resources;
  v1::LinuxContainerUser& user = *message.mutable_user()->mutable_linux();
  user.set_uid(container.uid);
  user.set_gid(container.gid);
  for (uint32_t group : container.groups) {
    user.add_supplemental_groups(group);
  }
  message.set_stop_signal(container.stop_signal);
  return message;
}

v1::ContainerStats ToContainerStats(const runtime::ContainerSnapshot& container,
                                    const runtime::ContainerUsage& usage) {
  v1::ContainerStats message;
  v1::ContainerAttributes& attributes = *message.mutable_attributes();
  attributes.set_id(container.id);
  *attributes.mutable_metadata() = container.config.metadata();
  *attributes.mutable_labels() = container.config.labels();
  *attributes.mutable_annotations() = container.config.annotations();
  const int64_t at = absl::ToUnixNanos(usage.at);
  *message.mutable_cpu() = ToCpuUsage(usage);
  *message.mutable_memory() = ToMemoryUsage(usage);
  AddIo(usage, message);
  if (usage.swap_usage.has_value()) {
    message.mutable_swap()->set_timestamp(at);
    message.mutable_swap()->mutable_swap_usage_bytes()->set_value(*usage.swap_usage);
  }
  if (usage.swap_available.has_value()) {
    message.mutable_swap()->mutable_swap_available_bytes()->set_value(*usage.swap_available);
  }
  return message;
}

v1::PodSandboxStats ToPodSandboxStats(const runtime::PodSnapshot& pod,
                                      const runtime::PodUsage& usage) {
  v1::PodSandboxStats message;
  v1::PodSandboxAttributes& attributes = *message.mutable_attributes();
  attributes.set_id(pod.id);
  *attributes.mutable_metadata() = pod.config.metadata();
  *attributes.mutable_labels() = pod.config.labels();
  *attributes.mutable_annotations() = pod.config.annotations();
  v1::LinuxPodSandboxStats& stats = *message.mutable_linux();
  *stats.mutable_cpu() = ToCpuUsage(usage.total);
  *stats.mutable_memory() = ToMemoryUsage(usage.total);
  AddIo(usage.total, stats);
  stats.mutable_process()->set_timestamp(absl::ToUnixNanos(usage.total.at));
  stats.mutable_process()->mutable_process_count()->set_value(usage.processes);
  return message;
}

v1::NetworkUsage ToNetworkUsage(const runtime::PodNetworkUsage& usage, absl::Time at) {
  v1::NetworkUsage message;
  message.set_timestamp(absl::ToUnixNanos(at));
  for (size_t i = 0; i < usage.interfaces.size(); ++i) {
    SetInterface(usage.interfaces[i],
                 i == 0 ? *message.mutable_default_interface() : *message.add_interfaces());
  }
  return message;
}

v1::ContainerEventResponse ToContainerEvent(const runtime::ContainerEvent& event) {
  v1::ContainerEventResponse message;
  message.set_container_id(event.id);
  message.set_container_event_type(event.type);
  message.set_created_at(event.at);
  *message.mutable_pod_sandbox_status() = ToPodSandboxStatus(event.pod);
  for (const runtime::ContainerSnapshot& container : event.containers) {
    *message.add_containers_statuses() = ToContainerStatus(container);
  }
  return message;
}

v1::Image ToImage(const imageservice::Image& image) {
  v1::Image message;
  message.set_id(image.id);
  message.mutable_repo_tags()->Assign(image.repo_tags.begin(), image.repo_tags.end());
  message.mutable_repo_digests()->Assign(image.repo_digests.begin(), image.repo_digests.end());
  message.set_size(image.size);
  SetUser(image.process.user, message);
  message.mutable_spec()->set_image(image.id);
  message.set_pinned(image.pinned);
  return message;
}

std::string PodInfoJson(const runtime::PodSnapshot& pod) {
  return FormatJson({{"pid", pod.shim_pid},
                     {"networkNamespace", pod.network_namespace},
                     {"runtimeHandler", pod.runtime_handler},
                     {"config", MessageJson(pod.config)}});
}

std::string ContainerInfoJson(const runtime::ContainerSnapshot& container, bool frozen) {
  v1::ContainerConfig shown = container.config;
  for (v1::KeyValue& variable : *shown.mutable_envs()) {
    variable.set_value("");  // may be secret (proto/README.md)
  }
  return FormatJson({{"pid", container.pid},
                     {"sandboxID", container.pod_id},
                     {"imageID", container.image.id},
                     {"frozen", frozen},
                     {"config", MessageJson(shown)}});
}

std::string ImageInfoJson(const imageservice::Image& image, const Json& config) {
  return FormatJson({{"chainIDs", image.chain_ids}, {"imageSpec", config}});
}

bool Matches(const runtime::PodSnapshot& pod, const v1::PodSandboxFilter& filter) {
  return absl::StartsWith(pod.id, filter.id()) &&
         (!filter.has_state() || filter.state().state() == pod.state) &&
         HasLabels(pod.config.labels(), filter.label_selector());
}

bool Matches(const runtime::PodSnapshot& pod, const v1::PodSandboxStatsFilter& filter) {
  return absl::StartsWith(pod.id, filter.id()) &&
         HasLabels(pod.config.labels(), filter.label_selector());
}

bool Matches(const runtime::ContainerSnapshot& container, const v1::ContainerFilter& filter) {
  return absl::StartsWith(container.id, filter.id()) &&
         absl::StartsWith(container.pod_id, filter.pod_sandbox_id()) &&
         (!filter.has_state() || filter.state().state() == container.state) &&
         HasLabels(container.config.labels(), filter.label_selector());
}

bool Matches(const runtime::ContainerSnapshot& container, const v1::ContainerStatsFilter& filter) {
  return absl::StartsWith(container.id, filter.id()) &&
         absl::StartsWith(container.pod_id, filter.pod_sandbox_id()) &&
         HasLabels(container.config.labels(), filter.label_selector());
}

}  // namespace berth::cri
