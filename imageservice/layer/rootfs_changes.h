// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "imageservice/layer/merged_view.h"

namespace berth::imageservice {

inline constexpr size_t kMaxRootfsChanges = 1 << 20;

struct RootfsChange {
  enum class Kind { kModified = 0, kAdded = 1, kDeleted = 2 };  // Docker's numbers

  std::string path;  // absolute
  Kind kind = Kind::kModified;

  bool operator==(const RootfsChange&) const = default;
};

// What an overlay's upper directory changes in the tree below it, sorted by path; the directories
// above of what has changed are modified, too. `left_out` are paths relative to the directory, and
// not told. ResourceExhausted for more than kMaxRootfsChanges. `may_go_on` may end it.
absl::StatusOr<std::vector<RootfsChange>> FindChanges(
    const MergedView& below, int upper, const std::set<std::string>& left_out,
    const std::function<absl::Status()>& may_go_on);

}  // namespace berth::imageservice
