// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_pool.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

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
    slots_.push_back(Slot{.plan = &stage, .first_step = step});
    slots_.back().heirs =
        static_cast<size_t>(absl::c_count_if(plan.stages, [&stage](const PlannedStage& other) {
          return other.base.kind == StageSource::Kind::kStage && other.base.stage == stage.index;
        }));
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

Say StagePool::SayOf(size_t index) {
  if (job_.request.hear_stage != nullptr) {
    return [this, index](absl::string_view text) { job_.request.hear_stage(index, text); };
  }
  return [this, index](absl::string_view text) { output_.Tell(index, text); };
}

absl::StatusOr<StageState> StagePool::Carry(const Slot& slot) {
  // A stage ends with the failure of another.
  const Call call(call_.deadline(), [this] { return call_.cancelled() || failed(); });
  const size_t index = IndexOf(slot);
  if (job_.request.hear_stage != nullptr && job_.file.stages.size() > 1) {
    job_.request.hear_stage(index, StageTitle(*slot.plan, slot.first_step));
  }
  return StageBuilder(
             call, job_, *slot.plan,
             {.image = find_image_,
              .stage = [this](size_t stage) -> const StageState& { return StateOf(stage); },
              .say = SayOf(index),
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
  const size_t config_bytes = is_done ? state->draft.Format().size() : 0;
  if (Note(slot, std::move(state), config_bytes)) {
    output_.Fail(IndexOf(slot));  // what led to it
  } else if (is_done) {
    output_.End(IndexOf(slot));
  }
}

// True for the first failure.
bool StagePool::Note(Slot& slot, absl::StatusOr<StageState> state, size_t config_bytes) {
  absl::MutexLock lock(&mutex_);
  slot.progress = Progress::kDone;
  absl::Status status = state.status();
  if (state.ok()) {
    slot.state.push_back(*std::move(state));
    slot.config_bytes = config_bytes;
    held_ += config_bytes;
    Release(slot);
    if (const auto base = absl::c_find_if(slots_,
                                          [&slot](const Slot& each) {
                                            return slot.plan->base.kind ==
                                                       StageSource::Kind::kStage &&
                                                   each.plan->index == slot.plan->base.stage;
                                          });
        base != slots_.end()) {
      --base->heirs;
      Release(*base);
    }
    if (held_ > kMaxHeldConfigs) {
      status = absl::ResourceExhaustedError(
          absl::StrCat("the configurations of stages on which others are built have more than ",
                       kMaxHeldConfigs, " bytes together"));
    }
  }
  const bool is_first = failure_.ok() && !status.ok();
  failure_.Update(status);
  return is_first;
}

// Whoever copies from it reads its layers alone, which stay as they are.
void StagePool::Release(Slot& slot) {
  if (slot.heirs == 0 && &slot != &slots_.back()) {
    held_ -= std::exchange(slot.config_bytes, 0);
    slot.state.front().draft = ImageDraft::Scratch("");
    slot.state.front().scope.reset();
  }
}

}  // namespace berth::imageservice
