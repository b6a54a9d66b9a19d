// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "imageservice/build/build_job.h"
#include "imageservice/build/build_scope.h"
#include "imageservice/build/copy_sources.h"
#include "imageservice/build/run_step.h"
#include "imageservice/build/stage_plan.h"
#include "imageservice/build/word_expansion.h"

namespace berth::imageservice {

// Carries out one stage, instruction by instruction. For one thread.
class StageBuilder {
 public:
  struct Surroundings {
    // An image's configuration and layers, fetched when need be.
    std::function<absl::StatusOr<StageState>(const std::string& image, const std::string& platform)>
        image;
    // Of a stage that is done.
    std::function<const StageState&(size_t stage)> stage;
    Say say;
    size_t first_step = 1;
    size_t steps = 1;  // of the whole build
  };

  StageBuilder(const Call& call, const BuildJob& job, const PlannedStage& plan,
               Surroundings surroundings)
      : call_(call),
        job_(job),
        plan_(plan),
        around_(std::move(surroundings)),
        scope_(job.scope),
        state_{ImageDraft::Scratch(job.platform), {}} {}

  // The first error ends it; it is said which instruction failed, by its lines.
  absl::StatusOr<StageState> Build();

 private:
  absl::Status Begin();
  // The status, with where the step stands.
  absl::Status FailedAt(absl::Status status, int first_line, int last_line) const;
  absl::Status Carry(const Instruction& instruction);

  absl::Status Do(const ArgInstruction& arg);
  absl::Status Do(const CopyInstruction& copy);
  absl::Status Do(const RunInstruction& run);
  absl::Status Do(const WorkdirInstruction& workdir);
  absl::Status Do(const FromInstruction& from);
  // What changes the configuration only.
  template <typename Metadata>
  absl::Status Do(const Metadata& metadata);

  absl::StatusOr<std::string> Expand(absl::string_view text);
  absl::Status ExpandAll(std::vector<std::string>& texts);
  std::string Place() const;
  std::string RootKey(absl::string_view what) const;
  void SayOutcome(absl::string_view key, bool was_cached);

  // A step that changes the configuration only; it is in the history when it has words.
  absl::Status NoteMetadata(const std::string& words);
  // A step with a layer, out of the cache or made. It depends on `reads` and on the chain `below`,
  // "" when it is the same on any.
  using MakeLayer = absl::FunctionRef<absl::StatusOr<AuthoredLayer>()>;
  absl::Status AddLayer(absl::string_view below, const std::vector<std::string>& reads,
                        const std::string& words, MakeLayer make);
  std::string CreatedNow() const;

  absl::StatusOr<CopyInstruction> ExpandCopy(const CopyInstruction& copy);
  absl::StatusOr<std::string> ChainOf(const std::string& from) const;
  absl::StatusOr<RunWork> PrepareRun(const RunInstruction& run);

  const Call& call_;
  const BuildJob& job_;
  const PlannedStage& plan_;
  const Surroundings around_;
  StageScope scope_;
  StageState state_;
  ExpansionBudget budget_;  // of the instruction
  // What the draft is known by: the stage's base, and each step since. To read the draft instead
  // takes longer with every step.
  std::string lineage_;
  size_t step_ = 0;
};

}  // namespace berth::imageservice
