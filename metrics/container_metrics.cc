// SPDX-License-Identifier: Apache-2.0
#include "metrics/container_metrics.h"

#include <map>
#include <tuple>

namespace berth::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

template <typename Sample>
struct Figure {
  const char* name;
  const char* help;
  MetricType type;
  double (*value)(const Sample&);
};

constexpr Figure<ContainerSample> kContainerFigures[] = {
    {"berth_container_cpu_seconds_total", "CPU time that a running container has used.",
     MetricType::Counter, [](const ContainerSample& s) { return s.cpu_seconds; }},
    {"berth_container_memory_usage_bytes",
     "Memory charged to a running container, page cache included.", MetricType::Gauge,
     [](const ContainerSample& s) { return static_cast<double>(s.memory_usage_bytes); }},
    {"berth_container_memory_working_set_bytes",
     "Memory of a running container that cannot be reclaimed easily.", MetricType::Gauge,
     [](const ContainerSample& s) { return static_cast<double>(s.memory_working_set_bytes); }},
    {"berth_container_memory_rss_bytes", "Anonymous memory of a running container.",
     MetricType::Gauge,
     [](const ContainerSample& s) { return static_cast<double>(s.memory_rss_bytes); }},
    {"berth_container_processes", "Processes and threads of a running container.",
     MetricType::Gauge, [](const ContainerSample& s) { return static_cast<double>(s.processes); }},
};

constexpr Figure<PodNetworkSample> kPodFigures[] = {
    {"berth_pod_network_receive_bytes_total", "Bytes received by a pod.", MetricType::Counter,
     [](const PodNetworkSample& s) { return static_cast<double>(s.receive_bytes); }},
    {"berth_pod_network_transmit_bytes_total", "Bytes sent by a pod.", MetricType::Counter,
     [](const PodNetworkSample& s) { return static_cast<double>(s.transmit_bytes); }},
    {"berth_pod_network_receive_packets_total", "Packets received by a pod.", MetricType::Counter,
     [](const PodNetworkSample& s) { return static_cast<double>(s.receive_packets); }},
    {"berth_pod_network_transmit_packets_total", "Packets sent by a pod.", MetricType::Counter,
     [](const PodNetworkSample& s) { return static_cast<double>(s.transmit_packets); }},
};

std::vector<ClientMetric::Label> LabelsOf(const ContainerSample& sample) {
  return {
      {"namespace", sample.pod_namespace}, {"pod", sample.pod}, {"container", sample.container}};
}

std::vector<ClientMetric::Label> LabelsOf(const PodNetworkSample& sample) {
  return {{"namespace", sample.pod_namespace}, {"pod", sample.pod}};
}

template <typename Sample, size_t kCount>
void AddFamilies(std::vector<MetricFamily>& families, const Figure<Sample> (&figures)[kCount],
                 const std::vector<Sample>& samples) {
  std::map<std::vector<ClientMetric::Label>, const Sample*> latest;
  for (const Sample& sample : samples) {
    latest[LabelsOf(sample)] = &sample;
  }
  for (const Figure<Sample>& figure : figures) {
    MetricFamily family{figure.name, figure.help, figure.type, {}};
    for (const auto& [labels, sample] : latest) {
      ClientMetric metric;
      metric.label = labels;
      (figure.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) =
          figure.value(*sample);
      family.metric.push_back(std::move(metric));
    }
    if (!family.metric.empty()) {
      families.push_back(std::move(family));
    }
  }
}

}  // namespace

std::vector<MetricFamily> ContainerMetrics::Collect() const {
  const NodeSample sample = read_();
  std::vector<MetricFamily> families;
  AddFamilies(families, kContainerFigures, sample.containers);
  AddFamilies(families, kPodFigures, sample.pods);
  return families;
}

}  // namespace berth::metrics
