// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/synchronization/mutex.h"

#include "base/agenda.h"
#include "base/single_flight.h"
#include "metrics/metrics.h"
#include "runtime/cdi/spec_directories.h"
#include "runtime/cgroup/hierarchies.h"
#include "runtime/container.h"
#include "runtime/creation_clock.h"
#include "runtime/event_log.h"
#include "runtime/handlers.h"
#include "runtime/id_map.h"
#include "runtime/lifecycle_hooks.h"
#include "runtime/network/pod_network.h"
#include "runtime/pod.h"
#include "runtime/pod_runtime.h"
#include "runtime/process_census.h"
#include "runtime/records.h"
#include "runtime/removals.h"
#include "runtime/shim_launcher.h"
#include "runtime/shim_monitor.h"
#include "runtime/spec/host_facts.h"
#include "runtime/spec/seccomp.h"
#include "runtime/state_gauges.h"
#include "runtime/usage_sampler.h"

namespace berth::runtime {

// What the operations on pods and containers work with. Made once by PodRuntime::Create; every part
// is thread-safe or never changes.
struct RuntimeContext {
  RuntimeContext(RuntimeOptions runtime_options, metrics::Metrics& runtime_metrics)
      : options(std::move(runtime_options)),
        metrics(runtime_metrics),
        cdi(options.cdi_spec_dirs),
        pod_gauges(runtime_metrics.pods),
        container_gauges(runtime_metrics.containers),
        events(runtime_metrics.dropped_events) {}
  ~RuntimeContext();
  RuntimeContext(const RuntimeContext&) = delete;
  RuntimeContext& operator=(const RuntimeContext&) = delete;

  const RuntimeOptions options;
  metrics::Metrics& metrics;

  CgroupHierarchies hierarchies;
  HostFacts facts;
  std::unique_ptr<HostFiles> host;
  SeccompCompiler seccomp;
  cdi::SpecDirectories cdi;
  std::unique_ptr<Records> records;
  std::unique_ptr<PodNetwork> network;
  std::optional<ShimLauncher> launcher;
  Handlers handlers;

  IdMap<Pod> pods;
  // Between looking for a port of the node among all pods and being one of them: of pods that ask
  // for such ports, one at a time, so that no two get the same.
  absl::Mutex admission;
  IdMap<Container> containers;
  SingleFlight<std::string, std::string> creations;  // of pods and containers, by name
  CreationClock clock;
  Removals removals;
  std::atomic<LifecycleHooks*> hooks = nullptr;  // null: nobody's
  StateGauges pod_gauges;
  StateGauges container_gauges;
  EventLog events;
  UsageSampler sampler;
  ProcessCensus census;

  std::unique_ptr<Agenda> agenda;
  std::unique_ptr<Agenda> kills;  // by container
  std::unique_ptr<ShimMonitor> monitor;
  const std::shared_ptr<UndoTime> undo_time = std::make_shared<UndoTime>();
};

// The directory of a pod: <state>/pods/<id>.
std::string PodDirectory(const RuntimeContext& context, absl::string_view pod_id);
// Of what its containers have in /etc, which they may write to: on disk, <root>/pods/<id>.
std::string PodEtcDirectory(const RuntimeContext& context, absl::string_view pod_id);

// Observes the seconds since `start` of one step of a start: shim, cni, create, start.
void ObserveStart(RuntimeContext& context, absl::string_view step, absl::Time start);

}  // namespace berth::runtime
