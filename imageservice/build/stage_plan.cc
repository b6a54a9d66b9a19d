// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_plan.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "imageservice/build/dockerfile_parser.h"
#include "imageservice/build/run_mount.h"
#include "imageservice/build/word_expansion.h"

namespace berth::imageservice {
namespace {

// Of two with one name the last.
std::optional<size_t> FindStage(const Dockerfile& file, size_t before, absl::string_view name) {
  const std::string lower = absl::AsciiStrToLower(name);
  for (size_t i = before; i > 0; --i) {
    if (!lower.empty() && file.stages[i - 1].from.name == lower) {
      return i - 1;
    }
  }
  return std::nullopt;
}

absl::StatusOr<size_t> FindTarget(const Dockerfile& file, absl::string_view target) {
  const size_t count = file.stages.size();
  if (target.empty()) {
    return count - 1;
  }
  std::optional<size_t> found = FindStage(file, count, target);
  size_t place = 0;
  if (!found.has_value() && absl::SimpleAtoi(target, &place) && place < count) {
    found = place;
  }
  if (!found.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("target stage \"", target, "\" could not be found"));
  }
  return *found;
}

// The values of --from in the instruction, empty ones among them.
absl::StatusOr<std::vector<std::string>> SourcesOf(const Instruction& instruction) {
  std::vector<std::string> sources;
  if (const auto* copy = std::get_if<CopyInstruction>(&instruction.what); copy != nullptr) {
    sources.push_back(copy->from);
  }
  if (const auto* run = std::get_if<RunInstruction>(&instruction.what); run != nullptr) {
    for (const std::string& text : run->mounts) {
      const auto keep = [](absl::string_view word) -> absl::StatusOr<std::string> {
        return std::string(word);
      };
      ASSIGN_OR_RETURN(const RunMount mount, ParseRunMount(text, keep));
      sources.push_back(mount.from);
    }
  }
  return sources;
}

class Planner {
 public:
  Planner(const Dockerfile& file, const GlobalScope& scope, TriggersOf triggers_of)
      : file_(file), scope_(scope), triggers_of_(triggers_of) {}

  absl::Status Visit(size_t index) {
    if (planned_.count(index) > 0) {
      return absl::OkStatus();
    }
    const Stage& in_file = file_.stages[index];
    if (!on_the_way_.insert(index).second) {
      return ParseError(in_file.line,
                        absl::StrCat("circular dependency detected on stage: ",
                                     in_file.from.name.empty() ? absl::StrCat("stage-", index)
                                                               : in_file.from.name));
    }
    ASSIGN_OR_RETURN(PlannedStage stage, PlanOne(index));
    for (const size_t needed : stage.needs) {
      RETURN_IF_ERROR(Visit(needed));
    }
    on_the_way_.erase(index);
    planned_.emplace(index, std::move(stage));
    return absl::OkStatus();
  }

  BuildPlan Take() {
    BuildPlan plan;
    std::set<size_t> taken;
    while (!planned_.empty()) {
      const auto next = absl::c_find_if(planned_, [&taken](const auto& each) {  // no circle: one is
        return absl::c_all_of(each.second.needs,
                              [&taken](size_t needed) { return taken.count(needed) > 0; });
      });
      taken.insert(next->first);
      plan.steps += 1 + next->second.instructions.size();
      plan.stages.push_back(std::move(next->second));
      planned_.erase(next);
    }
    return plan;
  }

 private:
  absl::StatusOr<std::string> Expand(absl::string_view text, int line) const {
    absl::StatusOr<std::string> value = ExpandWord(
        text, file_.escape, [this](absl::string_view name) { return scope_.Find(name); });
    if (!value.ok()) {
      return ParseError(line, value.status().message());
    }
    return value;
  }

  absl::StatusOr<PlannedStage> PlanOne(size_t index) {
    const Stage& stage = file_.stages[index];
    PlannedStage planned;
    planned.index = index;
    planned.name = stage.from.name;
    planned.text = stage.text;
    planned.line = stage.line;
    ASSIGN_OR_RETURN(planned.platform, Expand(stage.from.platform, stage.line));
    ASSIGN_OR_RETURN(const std::string base, Expand(stage.from.base, stage.line));
    if (base.empty()) {
      return ParseError(stage.line,
                        absl::StrCat("base name (", stage.from.base, ") should not be blank"));
    }
    planned.base = BaseOf(index, base);
    RETURN_IF_ERROR(AddTriggers(planned));
    RETURN_IF_ERROR(Count(stage.instructions.size(), stage.line));
    planned.triggers = planned.instructions.size();
    planned.instructions.insert(planned.instructions.end(), stage.instructions.begin(),
                                stage.instructions.end());
    RETURN_IF_ERROR(AddNeeds(planned));
    return planned;
  }

  StageSource BaseOf(size_t index, const std::string& base) const {
    const std::optional<size_t> stage = FindStage(file_, index, base);
    if (stage.has_value()) {
      return {StageSource::Kind::kStage, *stage, {}};
    }
    return base == "scratch" ? StageSource{} : StageSource{StageSource::Kind::kImage, 0, base};
  }

  absl::Status Count(size_t instructions, int line) {
    instructions_ += instructions;
    return instructions_ <= kMaxPlannedInstructions
               ? absl::OkStatus()
               : ParseError(line, absl::StrCat("more than ", kMaxPlannedInstructions,
                                               " instructions are to be carried out, those of "
                                               "ONBUILD in each stage among them"));
  }

  absl::Status AddTriggers(PlannedStage& planned) {
    std::vector<std::string> triggers;
    if (planned.base.kind == StageSource::Kind::kStage) {
      for (const Instruction& each : file_.stages[planned.base.stage].instructions) {
        if (const auto* onbuild = std::get_if<OnBuildInstruction>(&each.what); onbuild != nullptr) {
          triggers.push_back(onbuild->trigger);
        }
      }
    } else if (planned.base.kind == StageSource::Kind::kImage) {
      ASSIGN_OR_RETURN(triggers, triggers_of_(planned.base.image, planned.platform));
    }
    RETURN_IF_ERROR(Count(triggers.size(), planned.line));
    for (const std::string& trigger : triggers) {
      absl::StatusOr<Instruction> instruction = ParseInstruction(trigger);
      if (!instruction.ok()) {
        return ParseError(planned.line, absl::StrCat("ONBUILD: ", instruction.status().message()));
      }
      instruction->first_line = instruction->last_line = planned.line;
      planned.instructions.push_back(*std::move(instruction));
    }
    return absl::OkStatus();
  }

  absl::Status AddNeeds(PlannedStage& planned) const {
    std::set<size_t> needs;
    if (planned.base.kind == StageSource::Kind::kStage) {
      needs.insert(planned.base.stage);
    }
    for (const Instruction& instruction : planned.instructions) {
      ASSIGN_OR_RETURN(const std::vector<std::string> sources, SourcesOf(instruction));
      for (const std::string& from : sources) {
        const absl::StatusOr<StageSource> source = ResolveFrom(file_, planned.index, from);
        if (!source.ok()) {
          return ParseError(instruction.first_line, source.status().message());
        }
        if (source->kind == StageSource::Kind::kStage) {
          needs.insert(source->stage);
        }
      }
    }
    planned.needs.assign(needs.begin(), needs.end());
    return absl::OkStatus();
  }

  const Dockerfile& file_;
  const GlobalScope& scope_;
  const TriggersOf triggers_of_;
  std::map<size_t, PlannedStage> planned_;
  std::set<size_t> on_the_way_;  // what is needed by what is visited
  size_t instructions_ = 0;      // of all that are planned
};

}  // namespace

std::string StageTitle(const PlannedStage& stage, size_t first_step) {
  const std::string name = stage.name.empty() ? absl::StrCat("stage-", stage.index) : stage.name;
  return absl::StrCat("Stage ", name, " : steps ", first_step, "-",
                      first_step + stage.instructions.size(), "\n");
}

absl::StatusOr<StageSource> ResolveFrom(const Dockerfile& file, size_t index,
                                        absl::string_view from) {
  const size_t count = file.stages.size();
  int64_t place = 0;
  if (absl::SimpleAtoi(from, &place)) {
    if (place < 0 || static_cast<size_t>(place) >= count) {
      return absl::InvalidArgumentError(absl::StrCat("invalid stage index ", place));
    }
    return StageSource{StageSource::Kind::kStage, static_cast<size_t>(place), {}};
  }
  std::optional<size_t> stage = FindStage(file, index, from);
  if (!stage.has_value()) {
    stage = FindStage(file, count, from);
  }
  if (stage.has_value()) {
    return StageSource{StageSource::Kind::kStage, *stage, {}};
  }
  return from == "scratch" ? StageSource{}
                           : StageSource{StageSource::Kind::kImage, 0, std::string(from)};
}

absl::StatusOr<BuildPlan> PlanBuild(const Dockerfile& file, const GlobalScope& scope,
                                    absl::string_view target, TriggersOf triggers_of) {
  ASSIGN_OR_RETURN(const size_t last, FindTarget(file, target));
  Planner planner(file, scope, triggers_of);
  RETURN_IF_ERROR(planner.Visit(last));
  return planner.Take();
}

}  // namespace berth::imageservice
