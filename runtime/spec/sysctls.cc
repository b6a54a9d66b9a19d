// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/sysctls.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"

namespace berth::runtime {
namespace {

// Kept by each IPC namespace, beside all of fs/mqueue.
constexpr absl::string_view kIpc[] = {"kernel/msgmax", "kernel/msgmnb",          "kernel/msgmni",
                                      "kernel/sem",    "kernel/shm_rmid_forced", "kernel/shmall",
                                      "kernel/shmmax", "kernel/shmmni"};

absl::Status Invalid(absl::string_view name, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("sysctl \"", absl::CHexEscape(name), "\" ", problem));
}

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' ||
         c == '/';
}

absl::Status CheckNamespaced(absl::string_view name, absl::string_view path, bool own_network,
                             bool own_ipc) {
  if (absl::StartsWith(path, "net/")) {
    return own_network ? absl::OkStatus() : Invalid(name, "would change the host's network");
  }
  if (path == "kernel/domainname") {
    return own_network ? absl::OkStatus() : Invalid(name, "would change the host's domain name");
  }
  const bool of_ipc = absl::StartsWith(path, "fs/mqueue/") ||
                      std::find(std::begin(kIpc), std::end(kIpc), path) != std::end(kIpc);
  if (of_ipc) {
    return own_ipc ? absl::OkStatus() : Invalid(name, "would change the host's IPC");
  }
  return Invalid(name, "is not a pod's own");
}

absl::Status CheckValue(absl::string_view name, absl::string_view value) {
  const bool bad = std::any_of(value.begin(), value.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\t';
  });
  if (value.empty() || value.size() > kMaxSysctlValue || bad) {
    return Invalid(name, "has a value that no sysctl takes");
  }
  return absl::OkStatus();
}

constexpr char kPingGroups[] = "net/ipv4/ping_group_range";

// "0 2147483647": the first and the last of them. The last may be lower, for none.
absl::Status MapPingGroups(const IdRange& ids, std::string& value) {
  const std::vector<absl::string_view> ends =
      absl::StrSplit(value, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  uint32_t first = 0;
  uint32_t last = 0;
  if (ends.size() != 2 || !absl::SimpleAtoi(ends[0], &first) || !absl::SimpleAtoi(ends[1], &last)) {
    return Invalid(kPingGroups, "needs two numbers");
  }
  if (first > last) {
    return absl::OkStatus();
  }
  if (first >= ids.count) {
    return Invalid(kPingGroups, "names no group of the pod's user namespace");
  }
  value = absl::StrCat(ids.first + first, " ", ids.first + std::min(last, ids.count - 1));
  return absl::OkStatus();
}

}  // namespace

absl::Status MapSysctlIds(const IdRange& ids, std::vector<SysctlPlan>& sysctls) {
  for (SysctlPlan& sysctl : sysctls) {
    if (ids.count > 0 && sysctl.path == kPingGroups) {
      RETURN_IF_ERROR(MapPingGroups(ids, sysctl.value));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SysctlPath(absl::string_view name) {
  const bool clean = std::all_of(name.begin(), name.end(), IsNameCharacter);
  const size_t separator = name.find_first_of("./");
  if (!clean || name.size() > kMaxSysctlName || separator == absl::string_view::npos) {
    return Invalid(name, "is no name");
  }
  std::string path(name);
  if (name[separator] == '.') {
    for (char& c : path) {
      c = c == '.' ? '/' : c == '/' ? '.' : c;
    }
  }
  for (absl::string_view part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == "." || part == "..") {
      return Invalid(name, "is no name");
    }
  }
  return path;
}

absl::StatusOr<std::vector<SysctlPlan>> PlanSysctls(
    const std::map<std::string, std::string>& requested, bool own_network, bool own_ipc) {
  std::map<std::string, std::string> values;
  if (own_network) {
    values = {{"net/ipv4/ip_unprivileged_port_start", "0"}, {kPingGroups, "0 2147483647"}};
  }
  for (const auto& [name, value] : requested) {
    const absl::StatusOr<std::string> path = SysctlPath(name);
    RETURN_IF_ERROR(path.status());
    RETURN_IF_ERROR(CheckNamespaced(name, *path, own_network, own_ipc));
    RETURN_IF_ERROR(CheckValue(name, value));
    values[*path] = value;
  }
  std::vector<SysctlPlan> sysctls;
  for (auto& [path, value] : values) {
    sysctls.push_back({path, std::move(value)});
  }
  return sysctls;
}

}  // namespace berth::runtime
