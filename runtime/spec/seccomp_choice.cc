// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_choice.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/status.h"
#include "runtime/spec/seccomp_default_profile.h"

namespace berth::runtime {
namespace {

constexpr char kLocalhostPrefix[] = "localhost/";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // still sent by old kubelets
const std::string& DeprecatedField(const v1::LinuxContainerSecurityContext& security) {
  return security.seccomp_profile_path();
}
#pragma GCC diagnostic pop

// The new field, or the deprecated string as one.
absl::StatusOr<v1::SecurityProfile> Asked(const v1::LinuxContainerSecurityContext& security,
                                          bool unset_is_default) {
  if (security.has_seccomp()) {
    return security.seccomp();
  }
  v1::SecurityProfile profile;
  const absl::string_view text = DeprecatedField(security);
  if (text.empty()) {
    profile.set_profile_type(unset_is_default ? v1::SecurityProfile::RuntimeDefault
                                              : v1::SecurityProfile::Unconfined);
  } else if (text == "unconfined") {
    profile.set_profile_type(v1::SecurityProfile::Unconfined);
  } else if (text == "runtime/default" || text == "docker/default") {
    profile.set_profile_type(v1::SecurityProfile::RuntimeDefault);
  } else if (absl::StartsWith(text, kLocalhostPrefix)) {
    profile.set_profile_type(v1::SecurityProfile::Localhost);
    profile.set_localhost_ref(std::string(absl::StripPrefix(text, kLocalhostPrefix)));
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("seccomp_profile_path: unknown form \"", absl::CHexEscape(text), "\""));
  }
  return profile;
}

absl::StatusOr<std::string> ReadProfile(const std::string& path, HostFiles& host) {
  if (!IsAbsolutePath(path) || HasNul(path)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "seccomp: localhost_ref \"", absl::CHexEscape(path), "\" is not an absolute path"));
  }
  absl::StatusOr<std::string> json = host.ReadFile(path, kMaxSeccompProfile);
  if (!json.ok()) {
    // Not NotFound: to the kubelet that would be about the container.
    return absl::InvalidArgumentError(
        absl::StrCat("seccomp profile ", path, ": ", json.status().message()));
  }
  return json;
}

// Where the filter comes from.
struct Choice {
  v1::SecurityProfile::ProfileType type = v1::SecurityProfile::Unconfined;
  std::string path = {};  // of a Localhost profile, with its text
  std::string json = {};
};

absl::StatusOr<Choice> Choose(const v1::LinuxContainerSecurityContext& security,
                              bool unset_is_default, HostFiles& host) {
  if (security.privileged()) {
    return Choice();
  }
  ASSIGN_OR_RETURN(const v1::SecurityProfile asked, Asked(security, unset_is_default));
  switch (asked.profile_type()) {
    case v1::SecurityProfile::Unconfined:
    case v1::SecurityProfile::RuntimeDefault:
      return Choice{asked.profile_type()};
    case v1::SecurityProfile::Localhost: {
      ASSIGN_OR_RETURN(std::string json, ReadProfile(asked.localhost_ref(), host));
      return Choice{asked.profile_type(), asked.localhost_ref(), std::move(json)};
    }
    default:
      return absl::InvalidArgumentError("seccomp: unknown profile type");
  }
}

}  // namespace

absl::StatusOr<SeccompProgram> PlanSeccomp(const v1::LinuxContainerSecurityContext& security,
                                           uint64_t capabilities, bool unset_is_default,
                                           const HostFacts& facts, HostFiles& host,
                                           SeccompCompiler& compiler) {
  ASSIGN_OR_RETURN(const Choice choice, Choose(security, unset_is_default, host));
  switch (choice.type) {
    case v1::SecurityProfile::RuntimeDefault:
      return compiler.CompileDefault(facts, capabilities);
    case v1::SecurityProfile::Localhost: {
      absl::StatusOr<SeccompProgram> program =
          compiler.CompileJson(choice.json, facts, capabilities);
      return program.ok() ? program : Annotate(program.status(), choice.path);
    }
    default:
      return SeccompProgram();
  }
}

absl::StatusOr<std::optional<SeccompProfile>> FindSeccompProfile(
    const v1::LinuxContainerSecurityContext& security, bool unset_is_default, HostFiles& host) {
  ASSIGN_OR_RETURN(const Choice choice, Choose(security, unset_is_default, host));
  switch (choice.type) {
    case v1::SecurityProfile::RuntimeDefault:
      return DefaultSeccompProfile();
    case v1::SecurityProfile::Localhost: {
      absl::StatusOr<SeccompProfile> profile = ParseSeccompProfile(choice.json);
      if (!profile.ok()) {
        return Annotate(profile.status(), choice.path);
      }
      return *std::move(profile);
    }
    default:
      return std::nullopt;
  }
}

}  // namespace berth::runtime
