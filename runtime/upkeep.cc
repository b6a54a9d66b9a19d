// SPDX-License-Identifier: Apache-2.0
#include "runtime/upkeep.h"

#include <cstdint>
#include <string>

#include "base/checkpoint.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "runtime/usage.h"

namespace berth::runtime {
namespace {

constexpr absl::Duration kLookAtRecords = absl::Seconds(1);
constexpr int64_t kLongLog = 16 << 20;

absl::Status KeepShort(Records& records, const std::string& path) {
  RETURN_IF_ERROR(CheckpointRecords(path));
  const sys::ErrnoOr<struct stat> log = sys::StatAt(AT_FDCWD, (path + "-wal").c_str(), 0);
  return log.ok() && log->st_size > kLongLog ? records.Checkpoint() : absl::OkStatus();
}

// Each is one round, which puts the next one on the agenda.
void KeepSampling(RuntimeContext& context) {
  context.agenda->At(SteadyNow() + UsageSampler::kPeriod, [&context] {
    SampleCpu(context);
    KeepSampling(context);
  });
}

void KeepRecordsShort(RuntimeContext& context, const std::string& path, int64_t checkpointed) {
  context.agenda->At(SteadyNow() + kLookAtRecords, [&context, path, checkpointed]() mutable {
    const Records::Activity activity = context.records->activity();
    if (CheckpointIsDue(activity.changes - checkpointed, SteadyNow() - activity.last)) {
      LogIfError(KeepShort(*context.records, path), "the records' log grows on");
      checkpointed = activity.changes;
    }
    KeepRecordsShort(context, path, checkpointed);
  });
}

}  // namespace

void StartUpkeep(RuntimeContext& context, const std::string& records_path) {
  KeepSampling(context);
  KeepRecordsShort(context, records_path, 0);
}

}  // namespace berth::runtime
