// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/hierarchies.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "base/sys/inode.h"
#include "runtime/cgroup/control_file.h"

namespace berth::runtime {
namespace {

// The controllers whose limits, devices and figures we use; a process joins no other hierarchy of
// version 1.
constexpr std::array<absl::string_view, 9> kControllers = {
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb"};

struct CgroupMountLine {
  std::string mount_point;
  bool whole = false;  // not a bind mount of a part
  bool version2 = false;
  std::vector<std::string> options;
};

// Mountinfo writes space, tab, newline and backslash as a backslash and three octal digits.
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

bool IsJoined(absl::string_view option) {
  return option == "name=systemd" ||
         std::find(kControllers.begin(), kControllers.end(), option) != kControllers.end();
}

std::optional<CgroupMountLine> ParseLine(absl::string_view line) {
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(line, absl::MaxSplits(" - ", 1));
  const std::vector<absl::string_view> left = absl::StrSplit(halves.first, ' ');
  const std::vector<absl::string_view> right = absl::StrSplit(halves.second, ' ');
  constexpr size_t kRoot = 3;
  constexpr size_t kMountPoint = 4;
  if (left.size() <= kMountPoint || right.size() < 3) {
    return std::nullopt;
  }
  if (right[0] != "cgroup" && right[0] != "cgroup2") {
    return std::nullopt;
  }
  CgroupMountLine result;
  result.mount_point = UnescapeOctal(left[kMountPoint]);
  result.whole = left[kRoot] == "/";
  result.version2 = right[0] == "cgroup2";
  for (absl::string_view option : absl::StrSplit(right[2], ',')) {
    if (IsJoined(option)) {
      result.options.emplace_back(option);
    }
  }
  return result;
}

void AddVersion1(CgroupMountLine line, CgroupHierarchies& result) {
  if (line.options.empty() || result.controllers.count(line.options.front()) > 0) {
    return;
  }
  for (const std::string& option : line.options) {
    result.controllers[option] = line.mount_point;
  }
  result.v1_hierarchies.push_back({std::move(line.mount_point), std::move(line.options)});
}

CgroupMode ModeOf(const CgroupHierarchies& hierarchies) {
  const bool v1_controllers =
      std::any_of(hierarchies.controllers.begin(), hierarchies.controllers.end(),
                  [](const auto& entry) { return !absl::StartsWith(entry.first, "name="); });
  if (!v1_controllers) {
    return CgroupMode::kUnified;
  }
  return hierarchies.unified.empty() ? CgroupMode::kV1 : CgroupMode::kHybrid;
}

void RemoveNamed(CgroupHierarchies& hierarchies) {
  std::erase_if(hierarchies.controllers,
                [](const auto& entry) { return absl::StartsWith(entry.first, "name="); });
  std::erase_if(hierarchies.v1_hierarchies, [](const CgroupV1Hierarchy& hierarchy) {
    return absl::StartsWith(hierarchy.options.front(), "name=");
  });
}

bool SystemdRuns() {
  return sys::StatAt(AT_FDCWD, "/run/systemd/system", 0).ok();
}

}  // namespace

bool CgroupHierarchies::IsUnified(absl::string_view controller) const {
  const auto found = controllers.find(std::string(controller));
  return found != controllers.end() && found->second == unified;
}

CgroupHierarchies ParseHierarchies(absl::string_view mountinfo,
                                   absl::string_view unified_controllers) {
  CgroupHierarchies result;
  for (absl::string_view text : absl::StrSplit(mountinfo, '\n')) {
    std::optional<CgroupMountLine> line = ParseLine(text);
    if (!line.has_value() || !line->whole) {
      continue;
    }
    if (!line->version2) {
      AddVersion1(*std::move(line), result);
    } else if (result.unified.empty()) {
      result.unified = std::move(line->mount_point);
    }
  }
  result.mode = ModeOf(result);
  if (result.mode == CgroupMode::kUnified) {
    RemoveNamed(result);  // a process tracker of systemd's, beside a cgroup2 that has everything
  }
  if (!result.unified.empty()) {
    for (absl::string_view controller :
         absl::StrSplit(absl::StripAsciiWhitespace(unified_controllers), ' ', absl::SkipEmpty())) {
      result.controllers.emplace(controller, result.unified);
    }
  }
  return result;
}

absl::StatusOr<CgroupHierarchies> FindHierarchies() {
  ASSIGN_OR_RETURN(const std::string mountinfo,
                   ReadControlFile("/proc/self/mountinfo", kMaxMountinfo));
  CgroupHierarchies result = ParseHierarchies(mountinfo, "");
  if (!result.unified.empty()) {
    ASSIGN_OR_RETURN(
        const std::string controllers,
        ReadControlFile(absl::StrCat(result.unified, "/cgroup.controllers"), kMaxControlFile));
    result = ParseHierarchies(mountinfo, controllers);
  }
  if (result.controllers.count("memory") == 0) {
    return absl::FailedPreconditionError(
        "no cgroup hierarchy has the memory controller; mount cgroup2 on /sys/fs/cgroup");
  }
  if (!SystemdRuns()) {
    RemoveNamed(result);
  }
  return result;
}

}  // namespace berth::runtime
