// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_steps.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "cri/cli/terminal_text.h"
#include "imageservice/image/reference.h"

namespace berth::cli {
namespace {

using State = BuildStep::State;
using imageservice::ImageReference;

constexpr size_t kMaxVoices = 1000;
constexpr size_t kMaxNotes = 100;
constexpr absl::string_view kArrow = " ---> ";
constexpr absl::string_view kRemoved = " ---> Removed intermediate container ";

// "2/3 : RUN make" as its parts; number 0 when it is no such thing.
struct StepWords {
  size_t number = 0;
  size_t total = 0;
  absl::string_view text;
};
StepWords ParseStep(absl::string_view words) {
  const size_t slash = words.find('/');
  const size_t colon = words.find(" : ");
  StepWords step;
  if (slash == absl::string_view::npos || colon == absl::string_view::npos || slash > colon ||
      !absl::SimpleAtoi(words.substr(0, slash), &step.number) ||
      !absl::SimpleAtoi(words.substr(slash + 1, colon - slash - 1), &step.total)) {
    return {};
  }
  step.text = words.substr(colon + 3);
  return step;
}

// What is left of a line once it has gone back to its beginning and been written over.
void WriteOver(std::string& line) {
  const size_t last = line.find_last_not_of('\r');
  if (last == std::string::npos) {
    line.resize(line.empty() ? 0 : 1);
    return;
  }
  const size_t back = line.rfind('\r', last);
  line.erase(0, back == std::string::npos ? 0 : back + 1);
  line.resize(std::min(line.size(), kMaxOutputLine));
}

size_t BytesOf(const BuildStep::OutputLine& line) {
  return sizeof(line) + line.text.size();
}

std::string Shown(absl::string_view line) {
  while (absl::ConsumeSuffix(&line, "\r")) {
  }
  return OneLine(line);
}

}  // namespace

void BuildSteps::Take(int64_t stage, absl::string_view text, absl::Time now) {
  if (voices_.size() >= kMaxVoices && voices_.count(stage) == 0) {
    return;
  }
  Voice& voice = voices_[stage];
  for (size_t end = 0; end != absl::string_view::npos;) {
    end = text.find('\n');
    absl::StrAppend(&voice.line, text.substr(0, end));
    WriteOver(voice.line);
    if (end != absl::string_view::npos) {
      TakeLine(stage, voice, std::exchange(voice.line, ""), now);
      text.remove_prefix(end + 1);
    }
  }
  if (!voice.container.empty() && voice.step != kNone) {
    steps_[voice.step].unfinished = Shown(voice.line);
  }
}

void BuildSteps::TakeLine(int64_t stage, Voice& voice, absl::string_view line, absl::Time now) {
  if (!voice.container.empty()) {
    // A name that the command cannot say, so nothing else ends what it says.
    if (line == absl::StrCat(kRemoved, voice.container)) {
      voice.container.clear();
    } else {
      TakeOutput(voice, line, now);
    }
    return;
  }
  const bool is_title = stage != kWholeBuild && voice.step == kNone && TakeStage(voice, line);
  if (is_title || TakeStep(voice, line, now) || TakeArrow(voice, line, now) ||
      TakeWords(voice, line, now)) {
    return;
  }
  if (stage != kWholeBuild) {
    TakeOutput(voice, line, now);
  } else if (remarks_.size() < kMaxRemarks) {
    remarks_.push_back(OneLine(line));
  }
}

void BuildSteps::TakeOutput(const Voice& voice, absl::string_view line, absl::Time now) {
  if (voice.step == kNone) {
    return;
  }
  BuildStep& step = steps_[voice.step];
  step.output.push_back({now - step.begun, Shown(line)});
  step.output_bytes += BytesOf(step.output.back());
  while (step.output_bytes > kMaxStepOutput) {
    step.output_bytes -= BytesOf(step.output.front());
    step.output.pop_front();
    ++step.lost;
  }
}

// "Stage builder : steps 3-6"
bool BuildSteps::TakeStage(Voice& voice, absl::string_view line) {
  if (!absl::ConsumePrefix(&line, "Stage ")) {
    return false;
  }
  const std::pair<absl::string_view, absl::string_view> words =
      absl::StrSplit(line, absl::MaxSplits(" : steps ", 1));
  const std::pair<absl::string_view, absl::string_view> steps = absl::StrSplit(words.second, '-');
  if (!absl::SimpleAtoi(steps.first, &voice.first) || voice.first == 0 ||
      !absl::SimpleAtoi(steps.second, &voice.last)) {
    return false;
  }
  voice.stage = std::string(words.first);
  return true;
}

// As BuildKit counts: within the stage.
std::string BuildSteps::NameOf(const Voice& voice, size_t number, size_t total,
                               absl::string_view text) {
  std::string stage;
  if (!voice.stage.empty() && voice.first <= number && number <= voice.last) {
    stage = voice.stage + " ";
    number -= voice.first - 1;
    total = voice.last - voice.first + 1;
  }
  const auto width = static_cast<int>(absl::StrCat(total).size());
  return absl::StrFormat("[%s%*d/%d] %s", stage, width, number, total, text);
}

bool BuildSteps::TakeStep(Voice& voice, absl::string_view line, absl::Time now) {
  if (!absl::ConsumePrefix(&line, "Step ")) {
    return false;
  }
  const StepWords words = ParseStep(line);
  if (words.number == 0) {
    return false;
  }
  EndFetch(now);
  End(voice.step, State::kDone, now);
  planned_ = words.total;
  voice.was_cached = false;
  voice.step = Begin(words.number, NameOf(voice, words.number, words.total, words.text), now);
  return true;
}

bool BuildSteps::TakeArrow(Voice& voice, absl::string_view line, absl::Time now) {
  if (!absl::ConsumePrefix(&line, kArrow)) {
    return false;
  }
  if (absl::ConsumePrefix(&line, "Running in ")) {
    voice.container = std::string(line);
  } else if (line == "Using cache") {
    voice.was_cached = true;
  } else {
    EndFetch(now);
    End(voice.step, voice.was_cached ? State::kCached : State::kDone, now);
  }
  return true;
}

bool BuildSteps::TakeWords(const Voice& voice, absl::string_view line, absl::Time now) {
  if (absl::ConsumePrefix(&line, "Pulling ")) {
    EndFetch(now);
    fetch_ = Begin(0, absl::StrCat("pulling ", line), now);
  } else if (absl::ConsumePrefix(&line, "[Warning] ")) {
    Warn(line, now);
  } else if (absl::ConsumePrefix(&line, "# Executing ")) {
    AddNote(voice.step, absl::StrCat("executing ", line));
  } else if (absl::ConsumePrefix(&line, "Successfully tagged ")) {
    const absl::StatusOr<ImageReference> name = ImageReference::Parse(line);
    AddNote(export_, absl::StrCat("naming to ", name.ok() ? name->str() : std::string(line)));
  } else {
    return absl::StartsWith(line, "Successfully built ");  // NameImage has all of it
  }
  return true;
}

void BuildSteps::Succeed(absl::Time now) {
  TakeRests(now);
  for (size_t i = 0; i < steps_.size(); ++i) {
    End(i, State::kDone, now);
  }
  completed_ = total();
}

void BuildSteps::Fail(size_t number, absl::Time now) {
  TakeRests(now);
  for (size_t i = 0; i < steps_.size(); ++i) {
    End(i, steps_[i].number == number ? State::kFailed : State::kCanceled, now);
  }
}

void BuildSteps::NameImage(absl::string_view id) {
  AddNote(export_, absl::StrCat("writing image ", id));
}

void BuildSteps::Forget() {
  for (const size_t step : done_) {
    steps_[step].output.clear();
    steps_[step].output_bytes = 0;
  }
  done_.clear();
}

void BuildSteps::TakeRests(absl::Time now) {
  for (auto& [stage, voice] : voices_) {
    if (!voice.line.empty()) {
      TakeLine(stage, voice, std::exchange(voice.line, ""), now);
    }
  }
}

size_t BuildSteps::Begin(size_t number, absl::string_view name, absl::Time now) {
  if (steps_.size() >= kMaxShownSteps) {
    return kNone;
  }
  if (number == 0) {
    ++unplanned_;
  }
  steps_.push_back({.number = number,
                    .name = OneLine(name.substr(0, kMaxStepName)),
                    .state = State::kRunning,
                    .begun = now,
                    .ended = now});
  return steps_.size() - 1;
}

void BuildSteps::Warn(absl::string_view text, absl::Time now) {
  if (const size_t warning = Begin(0, text, now); warning != kNone) {
    steps_[warning].state = State::kWarning;
    --unplanned_;
  }
}

void BuildSteps::End(size_t step, State state, absl::Time now) {
  if (step == kNone || steps_[step].state != State::kRunning) {
    return;
  }
  BuildStep& ended = steps_[step];
  ended.state = state;
  ended.ended = now;
  ended.unfinished.clear();
  ++completed_;
  if (state == State::kFailed || state == State::kCanceled) {
    return;
  }
  done_.push_back(step);
  if (ended.number != 0 && ++planned_ended_ == planned_) {
    export_ = Begin(0, "exporting to image", now);
  }
}

void BuildSteps::EndFetch(absl::Time now) {
  End(std::exchange(fetch_, kNone), State::kDone, now);
}

void BuildSteps::AddNote(size_t step, absl::string_view note) {
  if (step != kNone && steps_[step].notes.size() < kMaxNotes) {
    steps_[step].notes.push_back(OneLine(note.substr(0, kMaxStepName)));
  }
}

}  // namespace berth::cli
