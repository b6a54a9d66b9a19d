// SPDX-License-Identifier: Apache-2.0
#include "runtime/resources.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"

namespace berth::runtime {
namespace {

// The kernel's own bounds, in µs.
constexpr int64_t kMinPeriod = 1000;
constexpr int64_t kMaxPeriod = 1000000;
constexpr int64_t kMinQuota = 1000;

constexpr size_t kMaxUnifiedEntries = 64;
constexpr size_t kMaxUnifiedValue = 4096;

absl::Status Invalid(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("resources.", field, " ", problem));
}

absl::Status AddCpu(const v1::LinuxContainerResources& asked, CgroupResources& result) {
  if (asked.cpu_period() != 0) {
    if (asked.cpu_period() < kMinPeriod || asked.cpu_period() > kMaxPeriod) {
      return Invalid("cpu_period",
                     absl::StrCat(asked.cpu_period(), " is not in ", kMinPeriod, "…", kMaxPeriod));
    }
    result.cpu_period = asked.cpu_period();
  }
  if (asked.cpu_quota() != 0) {
    if (asked.cpu_quota() != -1 && asked.cpu_quota() < kMinQuota) {
      return Invalid("cpu_quota",
                     absl::StrCat(asked.cpu_quota(), " is neither -1 nor at least ", kMinQuota));
    }
    result.cpu_quota = asked.cpu_quota();
  }
  if (asked.cpu_shares() < 0) {
    return Invalid("cpu_shares", "is negative");
  }
  if (asked.cpu_shares() > 0) {
    result.cpu_shares = asked.cpu_shares();
  }
  return absl::OkStatus();
}

absl::Status AddMemory(const v1::LinuxContainerResources& asked, CgroupResources& result) {
  const int64_t limit = asked.memory_limit_in_bytes();
  const int64_t sum = asked.memory_swap_limit_in_bytes();
  if (limit < -1) {
    return Invalid("memory_limit_in_bytes", "is negative");
  }
  if (sum < -1) {
    return Invalid("memory_swap_limit_in_bytes", "is negative");
  }
  if (limit == 0) {
    // Without a limit of memory there is nothing for the sum to exceed.
    return sum > 0 ? Invalid("memory_swap_limit_in_bytes", "needs memory_limit_in_bytes")
                   : absl::OkStatus();
  }
  if (sum > 0 && (limit < 0 || sum < limit)) {
    return Invalid("memory_swap_limit_in_bytes", "is below memory_limit_in_bytes");
  }
  result.memory_limit = limit;
  result.memory_and_swap = sum == 0 ? limit : sum;
  return absl::OkStatus();
}

// "0-3,7": the kernel checks the meaning, this the alphabet.
absl::Status CheckCpuset(absl::string_view field, absl::string_view list) {
  return list.find_first_not_of("0123456789-,") == absl::string_view::npos
             ? absl::OkStatus()
             : Invalid(field, absl::StrCat("\"", absl::CHexEscape(list), "\" is no list"));
}

absl::Status AddCpuset(const v1::LinuxContainerResources& asked, CgroupResources& result) {
  RETURN_IF_ERROR(CheckCpuset("cpuset_cpus", asked.cpuset_cpus()));
  RETURN_IF_ERROR(CheckCpuset("cpuset_mems", asked.cpuset_mems()));
  if (!asked.cpuset_cpus().empty()) {
    result.cpuset_cpus = asked.cpuset_cpus();
  }
  if (!asked.cpuset_mems().empty()) {
    result.cpuset_mems = asked.cpuset_mems();
  }
  return absl::OkStatus();
}

// "2MB": it becomes part of a file's name.
bool IsPageSize(absl::string_view size) {
  const bool unit = absl::ConsumeSuffix(&size, "KB") || absl::ConsumeSuffix(&size, "MB") ||
                    absl::ConsumeSuffix(&size, "GB");
  return unit && !size.empty() && size.size() < 8 &&
         size.find_first_not_of("0123456789") == absl::string_view::npos;
}

absl::Status AddHugepages(const v1::LinuxContainerResources& asked, CgroupResources& result) {
  for (const v1::HugepageLimit& limit : asked.hugepage_limits()) {
    if (!IsPageSize(limit.page_size())) {
      return Invalid(
          "hugepage_limits",
          absl::StrCat("page_size \"", absl::CHexEscape(limit.page_size()), "\" is not like 2MB"));
    }
    result.hugepages[limit.page_size()] = limit.limit();
  }
  return absl::OkStatus();
}

// A controller's file, like memory.high. Those of the cgroup itself (cgroup.procs, cgroup.kill) are
// not limits and would reach beyond the container.
bool IsControllerFile(absl::string_view file) {
  const bool clean = std::all_of(file.begin(), file.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_' || c == '.' ||
           absl::ascii_isupper(static_cast<unsigned char>(c));  // hugetlb.2MB.max
  });
  const size_t dot = file.find('.');
  return clean && dot != absl::string_view::npos && dot > 0 && dot + 1 < file.size() &&
         file.size() < 64 && !absl::StrContains(file, "..") && !absl::StartsWith(file, "cgroup.");
}

bool IsUnifiedValue(absl::string_view value) {
  return value.size() <= kMaxUnifiedValue && std::none_of(value.begin(), value.end(), [](char c) {
           return absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\n' && c != '\t';
         });
}

// The file of v1 has the same name, so this limit holds there too.
constexpr char kPidsFile[] = "pids.max";

absl::Status AddPids(const std::string& value, CgroupResources& result) {
  int64_t limit = -1;
  if (value != "max" && (!absl::SimpleAtoi(value, &limit) || limit < 0)) {
    return Invalid("unified", absl::StrCat("pids.max \"", absl::CHexEscape(value),
                                           "\" is neither a number nor max"));
  }
  result.pids_limit = limit;
  return absl::OkStatus();
}

absl::Status AddUnified(const v1::LinuxContainerResources& asked, CgroupResources& result) {
  if (asked.unified().size() > kMaxUnifiedEntries) {
    return Invalid("unified", absl::StrCat("has more than ", kMaxUnifiedEntries, " entries"));
  }
  for (const auto& [file, value] : asked.unified()) {
    if (!IsControllerFile(file) || !IsUnifiedValue(value)) {
      return Invalid("unified",
                     absl::StrCat("\"", absl::CHexEscape(file),
                                  "\" is no controller's file, or its value is no text"));
    }
    if (file == kPidsFile) {
      RETURN_IF_ERROR(AddPids(value, result));
    } else {
      result.unified[file] = value;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CgroupResources> ToCgroupResources(const v1::LinuxContainerResources& resources) {
  CgroupResources result;
  RETURN_IF_ERROR(AddCpu(resources, result));
  RETURN_IF_ERROR(AddMemory(resources, result));
  RETURN_IF_ERROR(AddCpuset(resources, result));
  RETURN_IF_ERROR(AddHugepages(resources, result));
  RETURN_IF_ERROR(AddUnified(resources, result));
  return result;
}

v1::LinuxContainerResources MergeResources(const v1::LinuxContainerResources& applied,
                                           const v1::LinuxContainerResources& update) {
  v1::LinuxContainerResources merged = applied;
  v1::LinuxContainerResources scalars = update;
  scalars.clear_hugepage_limits();
  scalars.clear_unified();
  merged.MergeFrom(scalars);  // fields with the value 0 or "" count as unset
  for (const v1::HugepageLimit& limit : update.hugepage_limits()) {
    const auto same = std::find_if(
        merged.mutable_hugepage_limits()->begin(), merged.mutable_hugepage_limits()->end(),
        [&](const v1::HugepageLimit& other) { return other.page_size() == limit.page_size(); });
    if (same != merged.mutable_hugepage_limits()->end()) {
      *same = limit;
    } else {
      *merged.add_hugepage_limits() = limit;
    }
  }
  for (const auto& [file, value] : update.unified()) {
    (*merged.mutable_unified())[file] = value;
  }
  return merged;
}

std::vector<DeviceRule> ToDeviceRules(const std::vector<DeviceAccess>& access) {
  std::vector<DeviceRule> rules;
  rules.reserve(access.size());
  for (const DeviceAccess& one : access) {
    rules.push_back({one.allow, one.type, one.major, one.minor, one.access});
  }
  return rules;
}

}  // namespace berth::runtime
