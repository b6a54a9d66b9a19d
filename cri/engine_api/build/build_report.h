// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/image_store.h"

namespace berth::cri {

// What a build says to a client of Docker's, or to one that follows its stages: lines of JSON.
// Thread-safe; waits for the client.
class BuildReport {
 public:
  using Write = std::function<void(absl::string_view)>;

  // A quiet one tells of the outcome only.
  BuildReport(Write write, bool quiet) : write_(std::move(write)), quiet_(quiet) {}

  void Say(absl::string_view text) { SayOf(std::nullopt, text); }
  // What that stage of the plan says by itself: such a line has its number as "stage".
  void SayOf(std::optional<size_t> stage, absl::string_view text);
  void Finish(const imageservice::Image& image, const std::vector<std::string>& names);

 private:
  const Write write_;
  const bool quiet_;
  absl::Mutex writing_;  // held while a line is written, so that lines are whole
  // The beginning of a character, by who has said it.
  std::map<std::optional<size_t>, std::string> rests_ ABSL_GUARDED_BY(writing_);
};

// {"stream": …}, with "stage" where there is one. Pure.
std::string StreamLine(absl::string_view text, std::optional<size_t> stage = std::nullopt);
// The last line of a build that has failed, with the code of its command and the number of its step
// (0: there was none). Pure.
std::string BuildErrorLine(const absl::Status& status, int code, size_t step);

}  // namespace berth::cri
