// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "imageservice/image_store.h"

namespace berth::cri {

// What a build says to a client of Docker's: lines of JSON. Thread-safe; waits for the client.
class BuildReport {
 public:
  using Write = std::function<void(absl::string_view)>;

  // A quiet one tells of the outcome only.
  BuildReport(Write write, bool quiet) : write_(std::move(write)), quiet_(quiet) {}

  void Say(absl::string_view text);
  void Finish(const imageservice::Image& image, const std::vector<std::string>& names);

 private:
  const Write write_;
  const bool quiet_;
  absl::Mutex writing_;  // held while a line is written, so that lines are whole
  std::string rest_ ABSL_GUARDED_BY(writing_);  // the beginning of a character
};

// {"stream": …}. Pure.
std::string StreamLine(absl::string_view text);
// The last line of a build that has failed, with the code of its command (0: there was none). Pure.
std::string BuildErrorLine(const absl::Status& status, int code);

}  // namespace berth::cri
