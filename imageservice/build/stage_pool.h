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

// Carries out the stages of a plan side by side, each once those are done that it needs. What they
// say is told in the file's order: of one after the other.
class StagePool {
 public:
  using FindImage = std::function<absl::StatusOr<StageState>(const std::string& image,
                                                             const std::string& platform)>;

  StagePool(const Call& call, const BuildJob& job, const BuildPlan& plan, const Say& say,
            FindImage find_image);

  // What the last has come to, or the first error, with which all others end.
  absl::StatusOr<StageState> Run();

 private:
  enum class Progress { kWaiting, kRunning, kDone };
  struct Slot {
    const PlannedStage* plan;
    size_t first_step;
    Progress progress = Progress::kWaiting;
    std::vector<StageState> state;  // one once it is done
  };

  void Work();
  Slot* NextReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool SomethingToDo() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsReady(const Slot& slot) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t IndexOf(const Slot& slot) const;
  absl::StatusOr<StageState> Carry(const Slot& slot);
  void Finish(Slot& slot, absl::StatusOr<StageState> state);
  bool Note(Slot& slot, absl::StatusOr<StageState> state);
  const StageState& StateOf(size_t stage);
  bool failed() const;

  const Call& call_;
  const BuildJob& job_;
  const BuildPlan& plan_;
  StageOutput output_;
  const FindImage find_image_;
  mutable absl::Mutex mutex_;
  std::vector<Slot> slots_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::imageservice
