// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_pool.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/algorithm/container.h"

#include "base/status.h"
#include "base/thread.h"
#include "imageservice/build/builder.h"
#include "imageservice/build/stage_builder.h"

namespace berth::imageservice {

StagePool::StagePool(const Call& call, const BuildJob& job, const BuildPlan& plan, const Say& say,
                     FindImage find_image)
    : call_(call),
      job_(job),
      plan_(plan),
      output_(say, plan.stages.size()),
      find_image_(std::move(find_image)) {
  size_t step = 1;
  for (const PlannedStage& stage : plan.stages) {
    slots_.push_back(Slot{&stage, step, Progress::kWaiting, {}});
    step += 1 + stage.instructions.size();
  }
}

absl::StatusOr<StageState> StagePool::Run() {
  std::vector<std::thread> helpers;
  const size_t threads = std::min<size_t>(plan_.stages.size(), kParallelStages);
  for (size_t i = 1; i < threads; ++i) {
    absl::StatusOr<std::thread> helper = StartThread("stage", [this] { Work(); });
    if (!helper.ok()) {
      break;  // stages wait for each other, then
    }
    helpers.push_back(*std::move(helper));
  }
  Work();
  for (std::thread& helper : helpers) {
    helper.join();
  }
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(failure_);
  return std::move(slots_.back().state.front());
}

bool StagePool::IsReady(const Slot& slot) const {
  return slot.progress == Progress::kWaiting && absl::c_all_of(slots_, [&](const Slot& other) {
           return other.progress == Progress::kDone ||
                  !absl::c_linear_search(slot.plan->needs, other.plan->index);
         });
}

bool StagePool::SomethingToDo() const {
  return !failure_.ok() ||
         absl::c_any_of(slots_, [this](const Slot& slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(
                                    mutex_) { return IsReady(slot); }) ||
         absl::c_none_of(slots_,
                         [](const Slot& slot) { return slot.progress == Progress::kWaiting; });
}

StagePool::Slot* StagePool::NextReady() {
  mutex_.Await(absl::Condition(this, &StagePool::SomethingToDo));
  if (!failure_.ok()) {
    return nullptr;
  }
  const auto ready = absl::c_find_if(slots_, [this](const Slot& slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(
                                                 mutex_) { return IsReady(slot); });
  return ready == slots_.end() ? nullptr : &*ready;
}

void StagePool::Work() {
  while (true) {
    Slot* slot = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      slot = NextReady();
      if (slot == nullptr) {
        return;
      }
      slot->progress = Progress::kRunning;
    }
    Finish(*slot, Carry(*slot));
  }
}

size_t StagePool::IndexOf(const Slot& slot) const {
  absl::MutexLock lock(&mutex_);
  return static_cast<size_t>(&slot - slots_.data());
}

absl::StatusOr<StageState> StagePool::Carry(const Slot& slot) {
  // A stage ends with the failure of another.
  const Call call(call_.deadline(), [this] { return call_.cancelled() || failed(); });
  const size_t index = IndexOf(slot);
  return StageBuilder(
             call, job_, *slot.plan,
             {.image = find_image_,
              .stage = [this](size_t stage) -> const StageState& { return StateOf(stage); },
              .say = [this, index](absl::string_view text) { output_.Tell(index, text); },
              .first_step = slot.first_step,
              .steps = plan_.steps})
      .Build();
}

bool StagePool::failed() const {
  absl::MutexLock lock(&mutex_);
  return !failure_.ok();
}

const StageState& StagePool::StateOf(size_t stage) {
  absl::MutexLock lock(&mutex_);
  const auto slot =
      absl::c_find_if(slots_, [stage](const Slot& each) { return each.plan->index == stage; });
  return slot->state.front();  // it is needed, so it is there and does not change any more
}

void StagePool::Finish(Slot& slot, absl::StatusOr<StageState> state) {
  const bool is_done = state.ok();
  if (Note(slot, std::move(state))) {
    output_.Fail(IndexOf(slot));  // what led to it
  } else if (is_done) {
    output_.End(IndexOf(slot));
  }
}

// True for the first failure.
bool StagePool::Note(Slot& slot, absl::StatusOr<StageState> state) {
  absl::MutexLock lock(&mutex_);
  slot.progress = Progress::kDone;
  if (state.ok()) {
    slot.state.push_back(*std::move(state));
    return false;
  }
  const bool is_first = failure_.ok();
  failure_.Update(state.status());
  return is_first;
}

}  // namespace berth::imageservice
