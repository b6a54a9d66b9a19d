// SPDX-License-Identifier: Apache-2.0
#include "base/mount_table.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/file.h"
#include "base/status.h"

namespace berth {
namespace {

constexpr size_t kMaxFdinfo = 1 << 20;

// Space, tab, newline and backslash are written as a backslash and three octal digits.
std::string UnescapeOctal(absl::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      const int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      result.push_back(static_cast<char>(value));
      i += 3;
    } else {
      result.push_back(text[i]);
    }
  }
  return result;
}

}  // namespace

std::optional<MountEntry> ParseMountEntry(absl::string_view line) {
  enum Left { kId, kParent, kDevice, kRoot, kMountPoint, kOptions, kFirstOptional };
  enum Right { kType, kSource, kSuperOptions };
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(line, absl::MaxSplits(" - ", 1));
  const std::vector<absl::string_view> left = absl::StrSplit(halves.first, ' ');
  const std::vector<absl::string_view> right = absl::StrSplit(halves.second, ' ');
  MountEntry entry;
  if (left.size() < kFirstOptional || right.size() <= kSuperOptions ||
      !absl::SimpleAtoi(left[kId], &entry.id)) {
    return std::nullopt;
  }
  entry.device = std::string(left[kDevice]);
  entry.root = UnescapeOctal(left[kRoot]);
  entry.mount_point = UnescapeOctal(left[kMountPoint]);
  entry.options = absl::StrSplit(left[kOptions], ',');
  for (size_t i = kFirstOptional; i < left.size(); ++i) {
    entry.shared = entry.shared || absl::StartsWith(left[i], "shared:");
    entry.slave = entry.slave || absl::StartsWith(left[i], "master:");
  }
  entry.type = std::string(right[kType]);
  entry.super_options = absl::StrSplit(right[kSuperOptions], ',');
  return entry;
}

std::vector<MountEntry> ParseMountTable(absl::string_view text) {
  std::vector<MountEntry> entries;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (std::optional<MountEntry> entry = ParseMountEntry(line)) {
      entries.push_back(*std::move(entry));
    }
  }
  return entries;
}

absl::StatusOr<std::string> ReadMountinfo(absl::string_view process) {
  return ReadFile(absl::StrCat("/proc/", process, "/mountinfo"), kMaxMountinfo);
}

absl::StatusOr<int> ReadMountId(const std::string& fdinfo) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(fdinfo, kMaxFdinfo));
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    int id = 0;
    if (absl::ConsumePrefix(&line, "mnt_id:") && absl::SimpleAtoi(line, &id)) {
      return id;
    }
  }
  return absl::InternalError(absl::StrCat(fdinfo, " has no mnt_id"));
}

}  // namespace berth
