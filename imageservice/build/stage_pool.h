// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"
#include "imageservice/build/build_job.h"
#include "imageservice/build/stage_output.h"
#include "imageservice/build/stage_plan.h"

namespace berth::imageservice {

// Bytes of the configurations of stages on which others are still to be built: in memory they are
// many times as large.
inline constexpr size_t kMaxHeldConfigs = 32 << 20;

// Carries out the stages of a plan side by side, each once those are done that it needs. What they
// say is told in the file's order, of one after the other, unless the request hears each.
class StagePool {
 public:
  using FindImage = std::function<absl::StatusOr<StageState>(const std::string& image,
                                                             const std::string& platform)>;

  StagePool(const Call& call, const BuildJob& job, const BuildPlan& plan, const Say& say,
            FindImage find_image);

  // What the last has come to, or the first error, with which all others end; ResourceExhausted
  // for more than kMaxHeldConfigs.
  absl::StatusOr<StageState> Run();

 private:
  enum class Progress { kWaiting, kRunning, kDone };
  struct Slot {
    const PlannedStage* plan;
    size_t first_step;
    Progress progress = Progress::kWaiting;
    // One once it is done; its layers alone once it has no heirs.
    std::vector<StageState> state = {};
    size_t heirs = 0;         // stages FROM it that are not done
    size_t config_bytes = 0;  // that are held
  };

  void Work();
  Slot* NextReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool SomethingToDo() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsReady(const Slot& slot) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t IndexOf(const Slot& slot) const;
  Say SayOf(size_t index);
  absl::StatusOr<StageState> Carry(const Slot& slot);
  void Finish(Slot& slot, absl::StatusOr<StageState> state);
  bool Note(Slot& slot, absl::StatusOr<StageState> state, size_t config_bytes);
  void Release(Slot& slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const StageState& StateOf(size_t stage);
  bool failed() const;

  const Call& call_;
  const BuildJob& job_;
  const BuildPlan& plan_;
  StageOutput output_;
  const FindImage find_image_;
  mutable absl::Mutex mutex_;
  std::vector<Slot> slots_ ABSL_GUARDED_BY(mutex_);
  size_t held_ ABSL_GUARDED_BY(mutex_) = 0;  // bytes of configurations
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
