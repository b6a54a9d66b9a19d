// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/features.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/status.h"
#include "runtime/oci/seccomp.h"

namespace berth::runtime::oci {
namespace {

absl::Status CheckAction(const std::vector<std::string>& known, SeccompAction action) {
  const char* name = ActionName(action);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("seccomp: the pod's handler does not know ", name));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Features> ParseFeatures(absl::string_view text) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(text, kMaxFeatures));
  Features features;
  features.newest_version = JsonString(json, "ociVersionMax").value_or("");
  if (features.newest_version.empty()) {
    return absl::InvalidArgumentError("no ociVersionMax");
  }
  const Json& linux_section = JsonObject(json, "linux");
  const Json& mapped_mounts = JsonObject(JsonObject(linux_section, "mountExtensions"), "idmap");
  const auto enabled = mapped_mounts.find("enabled");
  features.user_namespaces = enabled != mapped_mounts.end() && *enabled == true;
  const Json& actions = JsonArray(JsonObject(linux_section, "seccomp"), "actions");
  if (actions.empty()) {
    return features;
  }
  features.actions.emplace();
  for (const Json& action : actions) {
    if (action.is_string()) {
      features.actions->push_back(action.get<std::string>());
    }
  }
  return features;
}

absl::Status CheckSeccomp(const Features& features, const SeccompProfile& profile) {
  if (!features.actions.has_value()) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(CheckAction(*features.actions, profile.default_action));
  for (const SeccompRule& rule : profile.rules) {
    RETURN_IF_ERROR(CheckAction(*features.actions, rule.action));
  }
  return absl::OkStatus();
}

}  // namespace berth::runtime::oci
