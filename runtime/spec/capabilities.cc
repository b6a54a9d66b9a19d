// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/capabilities.h"

#include <array>
#include <initializer_list>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/repeated_field.h"

#include "base/status.h"

namespace berth::runtime {
namespace {

using Names = google::protobuf::RepeatedPtrField<std::string>;

// By number, as in linux/capability.h.
constexpr std::array<absl::string_view, 41> kNames = {"CHOWN",
                                                      "DAC_OVERRIDE",
                                                      "DAC_READ_SEARCH",
                                                      "FOWNER",
                                                      "FSETID",
                                                      "KILL",
                                                      "SETGID",
                                                      "SETUID",
                                                      "SETPCAP",
                                                      "LINUX_IMMUTABLE",
                                                      "NET_BIND_SERVICE",
                                                      "NET_BROADCAST",
                                                      "NET_ADMIN",
                                                      "NET_RAW",
                                                      "IPC_LOCK",
                                                      "IPC_OWNER",
                                                      "SYS_MODULE",
                                                      "SYS_RAWIO",
                                                      "SYS_CHROOT",
                                                      "SYS_PTRACE",
                                                      "SYS_PACCT",
                                                      "SYS_ADMIN",
                                                      "SYS_BOOT",
                                                      "SYS_NICE",
                                                      "SYS_RESOURCE",
                                                      "SYS_TIME",
                                                      "SYS_TTY_CONFIG",
                                                      "MKNOD",
                                                      "LEASE",
                                                      "AUDIT_WRITE",
                                                      "AUDIT_CONTROL",
                                                      "SETFCAP",
                                                      "MAC_OVERRIDE",
                                                      "MAC_ADMIN",
                                                      "SYSLOG",
                                                      "WAKE_ALARM",
                                                      "BLOCK_SUSPEND",
                                                      "AUDIT_READ",
                                                      "PERFMON",
                                                      "BPF",
                                                      "CHECKPOINT_RESTORE"};

constexpr std::initializer_list<absl::string_view> kDefault = {
    "CHOWN",       "DAC_OVERRIDE", "FOWNER",           "FSETID",
    "KILL",        "SETGID",       "SETUID",           "SETPCAP",
    "SETFCAP",     "MKNOD",        "NET_BIND_SERVICE", "SYS_CHROOT",
    "AUDIT_WRITE", "NET_RAW"};

bool IsAll(absl::string_view name) {
  return absl::EqualsIgnoreCase(name, "ALL");
}

bool HasAll(const Names& names) {
  for (const std::string& name : names) {
    if (IsAll(name)) {
      return true;
    }
  }
  return false;
}

// The set of the single names in the list.
absl::StatusOr<uint64_t> SetOf(const Names& names) {
  uint64_t set = 0;
  for (const std::string& name : names) {
    if (IsAll(name)) {
      continue;
    }
    const std::optional<uint32_t> number = CapabilityNumber(name);
    if (!number.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown capability ", absl::CHexEscape(name)));
    }
    set |= uint64_t{1} << *number;
  }
  return set;
}

CapabilitySets Same(uint64_t set, uint64_t ambient) {
  return {.bounding = set, .effective = set, .permitted = set, .ambient = ambient};
}

}  // namespace

std::optional<uint32_t> CapabilityNumber(absl::string_view name) {
  std::string upper = absl::AsciiStrToUpper(name);
  const absl::string_view bare = absl::StripPrefix(upper, "CAP_");
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == bare) {
      return static_cast<uint32_t>(i);
    }
  }
  return std::nullopt;
}

absl::string_view CapabilityName(uint32_t number) {
  return number < kNames.size() ? kNames[number] : absl::string_view();
}

uint64_t DefaultCapabilities() {
  uint64_t set = 0;
  for (absl::string_view name : kDefault) {
    set |= uint64_t{1} << CapabilityNumber(name).value_or(0);
  }
  return set;
}

absl::StatusOr<CapabilitySets> PlanCapabilities(const v1::LinuxContainerSecurityContext& security,
                                                uint64_t available) {
  if (security.privileged()) {
    return Same(available, 0);
  }
  const v1::Capability& asked = security.capabilities();
  uint64_t set = DefaultCapabilities();
  if (HasAll(asked.add_capabilities())) {
    set = available;
  }
  if (HasAll(asked.drop_capabilities())) {
    set = 0;
  }
  ASSIGN_OR_RETURN(const uint64_t added, SetOf(asked.add_capabilities()));
  ASSIGN_OR_RETURN(const uint64_t dropped, SetOf(asked.drop_capabilities()));
  ASSIGN_OR_RETURN(uint64_t ambient, SetOf(asked.add_ambient_capabilities()));
  if (HasAll(asked.add_ambient_capabilities())) {
    ambient = available;
  }
  ambient &= ~dropped & available;
  set = ((set | added) & ~dropped) | ambient;
  return Same(set & available, ambient);
}

}  // namespace berth::runtime
