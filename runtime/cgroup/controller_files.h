// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "runtime/cgroup/cgroup.h"
#include "runtime/cgroup/control_file.h"

namespace berth::runtime {

// The files of one controller of one cgroup.
class ControllerFiles {
 public:
  ControllerFiles(const Cgroup& cgroup, absl::string_view controller)
      : directory_(cgroup.directory(controller)) {}
  explicit ControllerFiles(std::string directory) : directory_(std::move(directory)) {}

  bool exists() const { return !directory_.empty(); }

  absl::StatusOr<std::string> Read(absl::string_view file) const {
    return ReadControlFile(absl::StrCat(directory_, "/", file), kMaxControlFile);
  }
  // Empty for a file that this kernel lacks or does not fill.
  std::string ReadOptional(absl::string_view file) const {
    return exists() ? Read(file).value_or("") : "";
  }

 private:
  std::string directory_;
};

// Pure: a file of one number; 0 for anything else.
inline uint64_t NumberIn(absl::string_view text) {
  uint64_t value = 0;
  return absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &value) ? value : 0;
}

}  // namespace berth::runtime
