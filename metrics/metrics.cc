// SPDX-License-Identifier: Apache-2.0
#include "metrics/metrics.h"

namespace berth::metrics {
namespace {

using prometheus::Registry;

CounterFamily& Counters(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

GaugeFamily& Gauges(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

HistogramFamily& Histograms(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

const prometheus::Histogram::BucketBoundaries& LatencyBuckets() {
  static const auto& buckets = *new prometheus::Histogram::BucketBoundaries{
      0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 120};
  return buckets;
}

const prometheus::Histogram::BucketBoundaries& TransferBuckets() {
  static const auto& buckets = *new prometheus::Histogram::BucketBoundaries{
      0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 180, 600, 1800};
  return buckets;
}

Metrics::Metrics()
    : registry_(std::make_shared<Registry>()),
      rpcs(Counters(*registry_, "berth_rpcs_total", "Calls served, by method and gRPC code.")),
      rpc_seconds(Histograms(*registry_, "berth_rpc_seconds", "Time that calls took, by method.")),
      pulls(Counters(*registry_, "berth_image_pulls_total",
                     "Image pulls ended, by result: ok or the cause of failure.")),
      pulled_bytes(Counters(*registry_, "berth_image_pulled_bytes_total",
                            "Bytes received from registries for blobs.")
                       .Add({})),
      pull_seconds(Histograms(*registry_, "berth_image_pull_seconds",
                              "Time that successful image pulls took.")
                       .Add({}, TransferBuckets())),
      unpack_seconds(Histograms(*registry_, "berth_layer_unpack_seconds",
                                "Time from the first byte of a layer to its snapshot.")
                         .Add({}, TransferBuckets())),
      unpacked_bytes(Counters(*registry_, "berth_layer_unpacked_bytes_total",
                              "Bytes of layers after decompression.")
                         .Add({})),
      images(Gauges(*registry_, "berth_images", "Images in the store.").Add({})),
      store_bytes(Gauges(*registry_, "berth_image_store_bytes",
                         "Bytes that blobs and snapshots of images occupy.")
                      .Add({})),
      gc_seconds(Histograms(*registry_, "berth_image_gc_seconds",
                            "Time that collections of unused blobs and snapshots took.")
                     .Add({}, LatencyBuckets())),
      gc_removed(Counters(*registry_, "berth_image_gc_removed_total",
                          "Blobs and snapshots removed by collections.")
                     .Add({})),
      pods(Gauges(*registry_, "berth_pods", "Pods on record, by state.")),
      containers(Gauges(*registry_, "berth_containers", "Containers on record, by state.")),
      shims(Gauges(*registry_, "berth_shims", "Shims that are alive.").Add({})),
      oom_kills(Counters(*registry_, "berth_container_oom_kills_total",
                         "Containers that lost a process to the kernel's memory killer.")
                    .Add({})),
      dropped_events(Counters(*registry_, "berth_events_dropped_total",
                              "Events that a subscriber lost because it did not read.")
                         .Add({})),
      start_seconds(Histograms(*registry_, "berth_start_seconds",
                               "Time of the steps of starting pods and containers, by step.")),
      cni_seconds(Histograms(*registry_, "berth_cni_seconds",
                             "Time that the plugins of a network took together, by CNI command.")),
      cni_failures(Counters(*registry_, "berth_cni_failures_total",
                            "CNI operations that failed, by CNI command.")) {}

}  // namespace berth::metrics
