// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace berth::metrics {

using CounterFamily = prometheus::Family<prometheus::Counter>;
using GaugeFamily = prometheus::Family<prometheus::Gauge>;
using HistogramFamily = prometheus::Family<prometheus::Histogram>;

// For calls: 200 microseconds to 2 minutes.
const prometheus::Histogram::BucketBoundaries& LatencyBuckets();

// For transfers: 50 milliseconds to half an hour.
const prometheus::Histogram::BucketBoundaries& TransferBuckets();

// Every metric that the daemon counts itself, by the folder that counts it; what is read when
// scraped is in process_metrics and container_metrics. Thread-safe. docs/METRICS.md lists them; a
// test compares the two.
class Metrics {
 public:
  Metrics();

  std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

 private:
  std::shared_ptr<prometheus::Registry> registry_;

 public:
  // cri
  CounterFamily& rpcs;           // berth_rpcs_total{method,code}
  HistogramFamily& rpc_seconds;  // berth_rpc_seconds{method}

  // imageservice
  CounterFamily& pulls;               // berth_image_pulls_total{result}: ok or the cause of failure
  prometheus::Counter& pulled_bytes;  // berth_image_pulled_bytes_total
  prometheus::Histogram& pull_seconds;    // berth_image_pull_seconds
  prometheus::Histogram& unpack_seconds;  // berth_layer_unpack_seconds
  prometheus::Counter& unpacked_bytes;    // berth_layer_unpacked_bytes_total
  prometheus::Gauge& images;              // berth_images
  prometheus::Gauge& store_bytes;         // berth_image_store_bytes
  prometheus::Histogram& gc_seconds;      // berth_image_gc_seconds
  prometheus::Counter& gc_removed;        // berth_image_gc_removed_total

  // runtime
  GaugeFamily& pods;                    // berth_pods{state}
  GaugeFamily& containers;              // berth_containers{state}
  prometheus::Gauge& shims;             // berth_shims
  prometheus::Counter& oom_kills;       // berth_container_oom_kills_total
  prometheus::Counter& dropped_events;  // berth_events_dropped_total
  HistogramFamily& start_seconds;       // berth_start_seconds{step}
  HistogramFamily& cni_seconds;         // berth_cni_seconds{command}
  CounterFamily& cni_failures;          // berth_cni_failures_total{command}
};

}  // namespace berth::metrics
