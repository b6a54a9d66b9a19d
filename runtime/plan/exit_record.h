// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace berth::runtime {

// How a container ended, as the shim leaves it in <pod directory>/exits/<container id> until it is
// told to forget it. The file appears whole (rename), before kExited is sent.
struct ExitRecord {
  int32_t exit_code = 0;  // 128 + n for signal n
  bool oom_killed = false;
  int64_t started_at = 0;   // ns since the epoch
  int64_t finished_at = 0;  // ns since the epoch
};

inline constexpr size_t kMaxExitRecordSize = 160;

// "exit_code=137 oom_killed=1 started_at=… finished_at=…\n", in `space`.
std::string_view FormatExitRecord(const ExitRecord& record,
                                  std::span<char, kMaxExitRecordSize> space);

// Nothing when it is not such a record, or not all of it.
std::optional<ExitRecord> ParseExitRecord(std::string_view text);

}  // namespace berth::runtime
