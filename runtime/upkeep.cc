// SPDX-License-Identifier: Apache-2.0
#include "runtime/upkeep.h"

#include <string>

#include "base/checkpoint.h"
#include "base/clock.h"
#include "base/status.h"
#include "runtime/usage.h"

namespace berth::runtime {
namespace {

// One round, which puts the next one on the agenda.
void Upkeep(RuntimeContext& context, const std::string& records_path, int64_t checkpointed) {
  SampleCpu(context);
  const Records::Activity activity = context.records->activity();
  if (CheckpointIsDue(activity.changes - checkpointed, SteadyNow() - activity.last)) {
    LogIfError(CheckpointRecords(records_path), "the records' log grows on");
    checkpointed = activity.changes;
  }
  context.agenda->At(SteadyNow() + UsageSampler::kPeriod, [&context, records_path, checkpointed] {
    Upkeep(context, records_path, checkpointed);
  });
}

}  // namespace

void StartUpkeep(RuntimeContext& context, const std::string& records_path) {
  context.agenda->At(SteadyNow() + UsageSampler::kPeriod,
                     [&context, records_path] { Upkeep(context, records_path, 0); });
}

}  // namespace berth::runtime
