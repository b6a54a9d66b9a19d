// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace berth::cli {

inline constexpr size_t kMaxShownSteps = 10000;
inline constexpr size_t kMaxStepName = 1024;        // bytes
inline constexpr size_t kMaxOutputLine = 16 << 10;  // bytes
inline constexpr size_t kMaxStepOutput = 2 << 20;   // bytes of memory: the last that it has said
inline constexpr size_t kMaxRemarks = 1000;         // lines

// A line of what builds show. All text is as OneLine gives it.
struct BuildStep {
  enum class State { kRunning, kCached, kDone, kFailed, kCanceled, kWarning };

  struct OutputLine {
    absl::Duration at;  // since it has begun
    std::string text;
  };

  size_t number = 0;  // in the build's plan; 0 of what no instruction asks for
  std::string name;   // "[2/3] RUN make"
  State state = State::kRunning;
  absl::Time begun;
  absl::Time ended;
  std::vector<std::string> notes = {};
  // What its command says, until Forget.
  std::deque<OutputLine> output = {};
  size_t output_bytes = 0;
  size_t lost = 0;              // lines before those, of which there were too many
  std::string unfinished = {};  // the beginning of a line
};

// What a build does, out of what its stages say in the classic builder's words, side by side or
// one after the other. For one thread; times are SteadyNow()'s.
class BuildSteps {
 public:
  static constexpr int64_t kWholeBuild = -1;  // who speaks when it is no stage

  // What comes next of a stage's words; it may end anywhere.
  void Take(int64_t stage, absl::string_view text, absl::Time now);

  // No more comes. If the build has failed, it was in the step of that number, in none of the
  // plan's if it is 0; the others that have not ended were broken off.
  void Succeed(absl::Time now);
  void Fail(size_t number, absl::Time now);

  // What is being built has this id.
  void NameImage(absl::string_view id);

  // Drops what those have said that have ended well.
  void Forget();

  const std::vector<BuildStep>& steps() const { return steps_; }
  size_t completed() const { return completed_; }
  size_t total() const { return std::max(planned_ + unplanned_, completed_); }
  // What the build has said besides, line by line: where in its file the error is.
  const std::vector<std::string>& remarks() const { return remarks_; }

 private:
  static constexpr size_t kNone = SIZE_MAX;

  struct Voice {
    std::string line;       // that has not ended
    std::string stage;      // its name, where there are others
    size_t first = 0;       // step of the stage
    size_t last = 0;        // another one
    size_t step = kNone;    // what it talks of
    std::string container;  // of the RUN whose output it is, while it is that
    bool was_cached = false;
  };

  void TakeLine(int64_t stage, Voice& voice, absl::string_view line, absl::Time now);
  void TakeOutput(const Voice& voice, absl::string_view line, absl::Time now);
  static bool TakeStage(Voice& voice, absl::string_view line);
  bool TakeStep(Voice& voice, absl::string_view line, absl::Time now);
  bool TakeArrow(Voice& voice, absl::string_view line, absl::Time now);
  bool TakeWords(const Voice& voice, absl::string_view line, absl::Time now);
  void TakeRests(absl::Time now);
  static std::string NameOf(const Voice& voice, size_t number, size_t total,
                            absl::string_view text);
  size_t Begin(size_t number, absl::string_view name, absl::Time now);
  void Warn(absl::string_view text, absl::Time now);
  void End(size_t step, BuildStep::State state, absl::Time now);
  void EndFetch(absl::Time now);
  void AddNote(size_t step, absl::string_view note);

  std::map<int64_t, Voice> voices_;
  std::vector<BuildStep> steps_;
  size_t fetch_ = kNone;   // of a base image
  size_t export_ = kNone;  // of what has been built
  size_t planned_ = 0;     // steps of the plan
  size_t planned_ended_ = 0;
  size_t unplanned_ = 0;
  size_t completed_ = 0;
  std::vector<size_t> done_;  // that still have what they have said
  std::vector<std::string> remarks_;
};

}  // namespace berth::cli
