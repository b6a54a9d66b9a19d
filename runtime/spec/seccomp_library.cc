// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_library.h"

#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/memory_file.h"
#include "runtime/spec/seccomp_prefix.h"

namespace berth::runtime {
namespace {

absl::Status Invalid(absl::string_view problem, int error) {
  return absl::InvalidArgumentError(
      absl::StrCat("seccomp profile: ", problem, ": ", strerror(error)));
}

scmp_compare LibraryComparison(SeccompComparison comparison) {
  switch (comparison) {
    case SeccompComparison::kNotEqual:
      return SCMP_CMP_NE;
    case SeccompComparison::kLess:
      return SCMP_CMP_LT;
    case SeccompComparison::kLessOrEqual:
      return SCMP_CMP_LE;
    case SeccompComparison::kEqual:
      return SCMP_CMP_EQ;
    case SeccompComparison::kGreaterOrEqual:
      return SCMP_CMP_GE;
    case SeccompComparison::kGreater:
      return SCMP_CMP_GT;
    case SeccompComparison::kMaskedEqual:
      break;
  }
  return SCMP_CMP_MASKED_EQ;
}

bool Contains(const std::vector<std::string>& list, absl::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// One rule of the profile may be several of the library's, which takes each argument once in a
// rule: then the comparisons become alternatives, as with other runtimes.
std::vector<std::vector<scmp_arg_cmp>> LibraryArguments(const SeccompRule& rule) {
  std::vector<std::vector<scmp_arg_cmp>> sets(1);
  uint32_t seen = 0;
  bool repeated = false;
  for (const SeccompArgument& argument : rule.arguments) {
    repeated = repeated || (seen >> argument.index & 1) != 0;
    seen |= 1U << argument.index;
    sets.front().push_back({argument.index, LibraryComparison(argument.comparison), argument.value,
                            argument.value_two});
  }
  if (repeated) {
    const std::vector<scmp_arg_cmp> all = std::move(sets.front());
    sets.clear();
    for (const scmp_arg_cmp& one : all) {
      sets.push_back({one});
    }
  }
  return sets;
}

}  // namespace

uint32_t FilterResult(SeccompAction action, uint32_t value) {
  switch (action) {
    case SeccompAction::kAllow:
      return SCMP_ACT_ALLOW;
    case SeccompAction::kLog:
      return SCMP_ACT_LOG;
    case SeccompAction::kErrno:
      return SCMP_ACT_ERRNO(value);
    case SeccompAction::kTrace:
      return SCMP_ACT_TRACE(value);
    case SeccompAction::kTrap:
      return SCMP_ACT_TRAP;
    case SeccompAction::kKillThread:
      return SCMP_ACT_KILL_THREAD;
    case SeccompAction::kKillProcess:
      break;
  }
  return SCMP_ACT_KILL_PROCESS;
}

const char* MachineName() {
  return seccomp_arch_native() == SCMP_ARCH_AARCH64 ? "arm64" : "amd64";
}

const char* MachineArchitecture() {
  return seccomp_arch_native() == SCMP_ARCH_AARCH64 ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";
}

std::vector<uint32_t> FilterArchitectures(const SeccompProfile& profile) {
  std::vector<std::string> names = profile.architectures;
  for (const SeccompArchMap& entry : profile.arch_map) {
    if (entry.architecture == MachineArchitecture()) {
      names = entry.sub_architectures;
    }
  }
  std::vector<uint32_t> architectures = {seccomp_arch_native()};
  const std::pair<const char*, uint32_t> kCompatible[] = {
      {"SCMP_ARCH_X86", SCMP_ARCH_X86},
      {"SCMP_ARCH_X32", SCMP_ARCH_X32},
      {"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
  };
  for (const auto& [name, token] : kCompatible) {
    const bool of_machine =
        (token == SCMP_ARCH_ARM) == (seccomp_arch_native() == SCMP_ARCH_AARCH64);
    if (of_machine && Contains(names, name)) {
      architectures.push_back(token);
    }
  }
  return architectures;
}

SystemCallNumber FindSystemCall(const std::string& name) {
  const int number = seccomp_syscall_resolve_name(name.c_str());
  return {number != __NR_SCMP_ERROR, number};
}

int SystemCallOn(uint32_t architecture, const std::string& name) {
  return seccomp_syscall_resolve_name_arch(architecture, name.c_str());
}

SeccompFilter::SeccompFilter(uint32_t default_result) : context_(seccomp_init(default_result)) {}

SeccompFilter::~SeccompFilter() {
  if (context_ != nullptr) {
    seccomp_release(context_);
  }
}

absl::Status SeccompFilter::Prepare(const std::vector<uint32_t>& architectures, bool has_rules) {
  if (context_ == nullptr) {
    return absl::ResourceExhaustedError("seccomp profile: libseccomp cannot make a filter");
  }
  for (const uint32_t architecture : architectures) {
    const int error = seccomp_arch_add(context_, architecture);
    if (error != 0 && error != -EEXIST) {
      return Invalid("add an architecture", -error);
    }
  }
  if (has_rules) {  // a binary tree by number; of nothing, libseccomp makes a program that is
                    // wrong
    const int error = seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (error != 0) {
      return Invalid("optimize", -error);
    }
  }
  return absl::OkStatus();
}

absl::Status SeccompFilter::Add(int number, absl::string_view name, const SeccompRule& rule) {
  const uint32_t action = FilterResult(rule.action, rule.value);
  for (const std::vector<scmp_arg_cmp>& arguments : LibraryArguments(rule)) {
    const int error =
        seccomp_rule_add_array(context_, action, number, static_cast<unsigned>(arguments.size()),
                               arguments.empty() ? nullptr : arguments.data());
    if (error != 0) {
      return Invalid(absl::StrCat("rule for ", absl::CHexEscape(name)), -error);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> SeccompFilter::Export() const {
  ASSIGN_OR_RETURN(const sys::Fd file,
                   ToStatusOr(sys::MemoryFile("seccomp"), "export a seccomp filter"));
  const int error = seccomp_export_bpf(context_, file.get());
  if (error != 0) {
    return Invalid("export", -error);
  }
  std::string program((kMaxFilterInstructions + 1) * sizeof(FilterInstruction), '\0');
  ASSIGN_OR_RETURN(const size_t size,
                   ToStatusOr(sys::ReadMemoryFile(file.get(), program), "read a seccomp filter"));
  program.resize(size);
  return program;
}

}  // namespace berth::runtime
