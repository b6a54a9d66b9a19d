// SPDX-License-Identifier: Apache-2.0
#include "base/checkpoint.h"

namespace berth {
namespace {

constexpr absl::Duration kQuiet = absl::Seconds(5);
constexpr int64_t kManyChanges = 2000;  // a log of about 8 MiB

}  // namespace

bool CheckpointIsDue(int64_t changes_since_last, absl::Duration since_change) {
  return changes_since_last > 0 && (since_change >= kQuiet || changes_since_last >= kManyChanges);
}

}  // namespace berth
