// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "imageservice/build/build_scope.h"
#include "imageservice/build/instruction.h"

// From a Dockerfile to what has to be done for one of its stages. Pure but for the question about
// base images.
namespace berth::imageservice {

// Of all stages together: each heir of a stage or image carries out all that it has as ONBUILD.
inline constexpr size_t kMaxPlannedInstructions = 100'000;

// What COPY --from, a mount or FROM means.
struct StageSource {
  enum class Kind { kScratch, kStage, kImage } kind = Kind::kScratch;
  size_t stage = 0;   // its place in the Dockerfile
  std::string image;  // as it was written
};

struct PlannedStage {
  size_t index = 0;  // its place in the Dockerfile
  std::string name;
  std::string text;  // of FROM
  int line = 0;
  StageSource base;
  std::string platform;                   // empty: the build's
  std::vector<Instruction> instructions;  // what the base asks for by ONBUILD, then its own
  size_t triggers = 0;                    // how many of them are the base's
  std::vector<size_t> needs;              // places of stages that come before it in the plan
};

struct BuildPlan {
  // Those that the target needs, in the file's order but for those that come after what they need
  // of it; the target is last.
  std::vector<PlannedStage> stages;
  size_t steps = 0;  // instructions, FROM too
};

// What the image has been built to do in its heirs (ONBUILD).
using TriggersOf = absl::FunctionRef<absl::StatusOr<std::vector<std::string>>(
    const std::string& image, const std::string& platform)>;

// `target` is a stage's name or place; empty for the last. InvalidArgument, in Docker's words, also
// for stages that need each other, and for more than kMaxPlannedInstructions. Images are asked for
// only where a stage is needed.
absl::StatusOr<BuildPlan> PlanBuild(const Dockerfile& file, const GlobalScope& scope,
                                    absl::string_view target, TriggersOf triggers_of);

// How a stage introduces itself where each is heard by itself: by its name, else its place in the
// file, and the numbers of its steps, "Stage builder : steps 3-6\n".
std::string StageTitle(const PlannedStage& stage, size_t first_step);

// What the value of --from means in the stage at `index`: a stage by its place or name, of those
// with one name the nearest before it, else the last; or an image. InvalidArgument for a place that
// the file does not have.
absl::StatusOr<StageSource> ResolveFrom(const Dockerfile& file, size_t index,
                                        absl::string_view from);

}  // namespace berth::imageservice
