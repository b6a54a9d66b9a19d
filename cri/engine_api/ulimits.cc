// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/ulimits.h"

#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/status.h"
#include "cri/engine_api/json_fields.h"

namespace berth::cri {

absl::StatusOr<std::vector<UlimitSpec>> ParseUlimits(const Json& ulimits, const std::string& path) {
  std::vector<UlimitSpec> limits;
  for (const Json& item : ulimits) {
    JsonFields fields(item, path);
    const UlimitSpec limit = {fields.Text("Name"), fields.Integer("Soft"), fields.Integer("Hard")};
    RETURN_IF_ERROR(fields.status());
    if (limit.hard != -1 && (limit.soft == -1 || limit.soft > limit.hard)) {
      return absl::InvalidArgumentError(
          absl::StrCat("ulimit soft limit must be less than or equal to hard limit: ", limit.soft,
                       " > ", limit.hard));
    }
    limits.push_back(limit);
  }
  return limits;
}

absl::StatusOr<runtime::Rlimit> PlanUlimit(const UlimitSpec& limit) {
  static constexpr std::pair<absl::string_view, int> kNames[] = {
      {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},
      {"data", RLIMIT_DATA},         {"fsize", RLIMIT_FSIZE},
      {"locks", RLIMIT_LOCKS},       {"memlock", RLIMIT_MEMLOCK},
      {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
      {"nofile", RLIMIT_NOFILE},     {"nproc", RLIMIT_NPROC},
      {"rss", RLIMIT_RSS},           {"rtprio", RLIMIT_RTPRIO},
      {"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
      {"stack", RLIMIT_STACK}};
  const auto* const known =
      std::find_if(std::begin(kNames), std::end(kNames),
                   [&](const auto& each) { return each.first == limit.name; });
  if (known == std::end(kNames)) {
    return absl::InvalidArgumentError(absl::StrCat("invalid ulimit type: ", limit.name));
  }
  return runtime::Rlimit{static_cast<uint32_t>(known->second), static_cast<uint64_t>(limit.soft),
                         static_cast<uint64_t>(limit.hard)};  // -1 is the kernel's infinity, too
}

}  // namespace berth::cri
