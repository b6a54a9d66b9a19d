// SPDX-License-Identifier: Apache-2.0
#include "runtime/runtime_context.h"

#include "base/clock.h"
#include "base/path.h"

namespace berth::runtime {

// Their threads use each other and everything else.
RuntimeContext::~RuntimeContext() {
  for (Agenda* each : {agenda.get(), kills.get()}) {
    if (each != nullptr) {
      each->Stop();
    }
  }
  monitor.reset();
}

std::string PodDirectory(const RuntimeContext& context, absl::string_view pod_id) {
  return JoinPath(JoinPath(context.options.paths.state, "pods"), pod_id);
}

std::string PodEtcDirectory(const RuntimeContext& context, absl::string_view pod_id) {
  return JoinPath(JoinPath(context.options.paths.root, "pods"), pod_id);
}

void ObserveStart(RuntimeContext& context, absl::string_view step, absl::Time start) {
  context.metrics.start_seconds.Add({{"step", std::string(step)}}, metrics::LatencyBuckets())
      .Observe(absl::ToDoubleSeconds(SteadyNow() - start));
}

}  // namespace berth::runtime
