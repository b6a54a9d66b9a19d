// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/security_label.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "base/status.h"

namespace berth::runtime {
namespace {

constexpr char kLoadedProfiles[] = "/sys/kernel/security/apparmor/profiles";
constexpr char kLocalhostPrefix[] = "localhost/";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // still sent by old kubelets
const std::string& DeprecatedField(const v1::LinuxContainerSecurityContext& security) {
  return security.apparmor_profile();
}
#pragma GCC diagnostic pop

// The new field, or the deprecated string as one.
absl::StatusOr<v1::SecurityProfile> Asked(const v1::LinuxContainerSecurityContext& security) {
  if (security.has_apparmor()) {
    return security.apparmor();
  }
  v1::SecurityProfile profile;
  const absl::string_view text = DeprecatedField(security);
  if (text.empty() || text == "runtime/default") {
    profile.set_profile_type(v1::SecurityProfile::RuntimeDefault);
  } else if (text == "unconfined") {
    profile.set_profile_type(v1::SecurityProfile::Unconfined);
  } else if (absl::StartsWith(text, kLocalhostPrefix)) {
    profile.set_profile_type(v1::SecurityProfile::Localhost);
    profile.set_localhost_ref(std::string(text));
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("apparmor_profile: unknown form \"", absl::CHexEscape(text), "\""));
  }
  return profile;
}

// Lines of the kernel's list are "name (mode)".
absl::StatusOr<bool> IsLoaded(absl::string_view name, HostFiles& host) {
  ASSIGN_OR_RETURN(const std::string list, host.ReadFile(kLoadedProfiles, kMaxAppArmorProfiles));
  for (absl::string_view line : absl::StrSplit(list, '\n')) {
    if (absl::ConsumePrefix(&line, name) && absl::StartsWith(line, " (")) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<std::string> LoadedOrRefused(absl::string_view name, HostFiles& host) {
  ASSIGN_OR_RETURN(const bool loaded, IsLoaded(name, host));
  if (!loaded) {
    return absl::FailedPreconditionError(
        absl::StrCat("AppArmor profile \"", absl::CHexEscape(name), "\" is not loaded"));
  }
  return std::string(name);
}

absl::StatusOr<std::string> PlanLocalhost(absl::string_view ref, const HostFacts& facts,
                                          HostFiles& host) {
  const absl::string_view name = absl::StripPrefix(ref, kLocalhostPrefix);
  if (name.empty()) {
    return absl::InvalidArgumentError("apparmor: a Localhost profile needs a name");
  }
  if (!facts.apparmor) {
    return absl::FailedPreconditionError(absl::StrCat("AppArmor profile \"", absl::CHexEscape(name),
                                                      "\" is asked for, but AppArmor is off"));
  }
  return LoadedOrRefused(name, host);
}

}  // namespace

absl::StatusOr<std::string> PlanAppArmor(const v1::LinuxContainerSecurityContext& security,
                                         const HostFacts& facts, HostFiles& host) {
  if (security.privileged()) {
    return std::string();
  }
  ASSIGN_OR_RETURN(const v1::SecurityProfile asked, Asked(security));
  switch (asked.profile_type()) {
    case v1::SecurityProfile::Unconfined:
      return std::string();
    case v1::SecurityProfile::Localhost:
      return PlanLocalhost(asked.localhost_ref(), facts, host);
    case v1::SecurityProfile::RuntimeDefault:
      break;
    default:
      return absl::InvalidArgumentError("apparmor: unknown profile type");
  }
  if (!facts.apparmor) {
    return std::string();
  }
  if (security.has_apparmor() || !DeprecatedField(security).empty()) {
    return LoadedOrRefused(kDefaultAppArmorProfile, host);
  }
  ASSIGN_OR_RETURN(const bool loaded, IsLoaded(kDefaultAppArmorProfile, host));
  return loaded ? kDefaultAppArmorProfile : std::string();
}

}  // namespace berth::runtime
