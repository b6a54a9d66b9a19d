// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace berth::metrics {

// What a running container uses now.
struct ContainerSample {
  std::string pod_namespace;
  std::string pod;
  std::string container;
  double cpu_seconds = 0;  // since its start
  uint64_t memory_usage_bytes = 0;
  uint64_t memory_working_set_bytes = 0;
  uint64_t memory_rss_bytes = 0;
  uint64_t processes = 0;
};

// What has crossed a pod's interface since it was made.
struct PodNetworkSample {
  std::string pod_namespace;
  std::string pod;
  uint64_t receive_bytes = 0;
  uint64_t transmit_bytes = 0;
  uint64_t receive_packets = 0;
  uint64_t transmit_packets = 0;
};

struct NodeSample {
  std::vector<ContainerSample> containers;
  std::vector<PodNetworkSample> pods;
};

// Figures of running containers, read when they are scraped. Of two samples with the same names the
// later one counts, since a series may appear once only. Thread-safe when `read` is.
class ContainerMetrics : public prometheus::Collectable {
 public:
  // `read` is called on the endpoint's thread, once a scrape; it must not wait for a pod's
  // operations.
  explicit ContainerMetrics(std::function<NodeSample()> read) : read_(std::move(read)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::function<NodeSample()> read_;
};

}  // namespace berth::metrics
