// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The small text files of cgroupfs and procfs.
namespace berth::runtime {

inline constexpr size_t kMaxControlFile = 1 << 20;
inline constexpr uint64_t kNanosecondsPerMicrosecond = 1000;  // in which version 2 counts

// NotFound when the file is absent or its cgroup was removed meanwhile; ResourceExhausted when it
// is longer than `max_bytes`.
absl::StatusOr<std::string> ReadControlFile(const std::string& path, size_t max_bytes);

// Pure: the number after `key ` at the start of a line, as in memory.stat; unset when there is
// none.
std::optional<uint64_t> FindKeyed(absl::string_view text, absl::string_view key);
// The same; 0 when there is none.
inline uint64_t Keyed(absl::string_view text, absl::string_view key) {
  return FindKeyed(text, key).value_or(0);
}

// Pure: a file of one number. "max", and what v1 uses for it (about 2^63), are unset.
std::optional<uint64_t> ParseLimit(absl::string_view text);

}  // namespace berth::runtime
