// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_profile.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/status.h"
#include "runtime/spec/seccomp_json.h"
#include "runtime/spec/seccomp_rule.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxRules = 4096;
constexpr size_t kMaxNames = 16384;  // of system calls, in all rules together

absl::Status ParseArchitectures(const Json& json, SeccompProfile& profile) {
  ASSIGN_OR_RETURN(profile.architectures, SeccompStrings(json, "architectures"));
  ASSIGN_OR_RETURN(const Json* map, SeccompArray(json, "archMap"));
  if (!map->empty() && !profile.architectures.empty()) {
    return InvalidSeccomp("both architectures and archMap are given");
  }
  for (const Json& entry : *map) {
    SeccompArchMap parsed;
    ASSIGN_OR_RETURN(parsed.architecture, SeccompString(entry, "architecture"));
    ASSIGN_OR_RETURN(parsed.sub_architectures, SeccompStrings(entry, "subArchitectures"));
    profile.arch_map.push_back(std::move(parsed));
  }
  return absl::OkStatus();
}

absl::Status ParseFlags(const Json& json, SeccompProfile& profile) {
  constexpr std::array<absl::string_view, 3> kKnown = {
      "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"};
  const auto found = json.find("flags");
  if (found == json.end() || found->is_null()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(profile.flags, SeccompStrings(json, "flags"));
  for (const std::string& flag : *profile.flags) {
    if (std::find(kKnown.begin(), kKnown.end(), flag) == kKnown.end()) {
      return InvalidSeccomp(absl::StrCat("flag \"", absl::CHexEscape(flag), "\" is not supported"));
    }
  }
  return absl::OkStatus();
}

absl::Status ParseRules(const Json& json, SeccompProfile& profile) {
  ASSIGN_OR_RETURN(const Json* rules, SeccompArray(json, "syscalls"));
  size_t names = 0;
  for (const Json& entry : *rules) {
    ASSIGN_OR_RETURN(SeccompRule rule, ParseSeccompRule(entry));
    names += rule.names.size();
    profile.rules.push_back(std::move(rule));
    if (profile.rules.size() > kMaxRules || names > kMaxNames) {
      return InvalidSeccomp(
          absl::StrCat("more than ", kMaxRules, " rules or ", kMaxNames, " names"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SeccompProfile> ParseSeccompProfile(absl::string_view text) {
  absl::StatusOr<Json> json = ParseJson(text, kMaxSeccompProfile);
  if (!json.ok()) {
    return Annotate(json.status(), "seccomp profile");
  }
  if (!json->is_object()) {
    return InvalidSeccomp("is not an object");
  }
  ASSIGN_OR_RETURN(const std::string listener, SeccompString(*json, "listenerPath"));
  if (!listener.empty()) {
    return InvalidSeccomp("listenerPath is not supported");
  }
  SeccompProfile profile;
  ASSIGN_OR_RETURN(const std::string action, SeccompString(*json, "defaultAction"));
  ASSIGN_OR_RETURN(profile.default_action, ParseSeccompAction(action));
  ASSIGN_OR_RETURN(profile.default_value,
                   ParseSeccompErrno(*json, "defaultErrnoRet", "defaultErrno"));
  RETURN_IF_ERROR(ParseArchitectures(*json, profile));
  RETURN_IF_ERROR(ParseFlags(*json, profile));
  RETURN_IF_ERROR(ParseRules(*json, profile));
  return profile;
}

}  // namespace berth::runtime
