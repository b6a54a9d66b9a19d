// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_program.h"

#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/const_init.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/memory_file.h"
#include "runtime/spec/capabilities.h"
#include "runtime/spec/seccomp_prefix.h"

namespace berth::runtime {
namespace {

// libseccomp sets up state of its own on the way.
absl::Mutex library_mutex(absl::kConstInit);

absl::Status Invalid(absl::string_view problem, int error) {
  return absl::InvalidArgumentError(
      absl::StrCat("seccomp profile: ", problem, ": ", strerror(error)));
}

uint32_t LibraryAction(SeccompAction action, uint32_t value) {
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

const char* MachineName() {
  return seccomp_arch_native() == SCMP_ARCH_AARCH64 ? "arm64" : "amd64";
}

const char* MachineArchitecture() {
  return seccomp_arch_native() == SCMP_ARCH_AARCH64 ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";
}

bool Contains(const std::vector<std::string>& list, absl::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool HasCapability(const std::string& name, uint64_t capabilities) {
  const std::optional<uint32_t> number = CapabilityNumber(name);
  return number.has_value() && (capabilities >> *number & 1) != 0;
}

bool IsKernelAtLeast(const std::pair<uint32_t, uint32_t>& version, const HostFacts& facts) {
  return std::pair(facts.kernel_major, facts.kernel_minor) >= version;
}

// The architectures of the machine that the profile speaks of, the native one first.
std::vector<uint32_t> Architectures(const SeccompProfile& profile) {
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

class Filter {
 public:
  explicit Filter(uint32_t default_action) : context_(seccomp_init(default_action)) {}
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  ~Filter() {
    if (context_ != nullptr) {
      seccomp_release(context_);
    }
  }

  absl::Status Prepare(const std::vector<uint32_t>& architectures, bool has_rules) {
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

  absl::Status Add(int number, absl::string_view name, uint32_t action,
                   const std::vector<scmp_arg_cmp>& arguments) {
    const int error =
        seccomp_rule_add_array(context_, action, number, static_cast<unsigned>(arguments.size()),
                               arguments.empty() ? nullptr : arguments.data());
    return error == 0 ? absl::OkStatus()
                      : Invalid(absl::StrCat("rule for ", absl::CHexEscape(name)), -error);
  }

  absl::StatusOr<std::string> Export() const {
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

 private:
  scmp_filter_ctx context_;
};

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

// What the prefix needs to know, collected rule by rule.
class PrefixPlan {
 public:
  explicit PrefixPlan(const std::vector<uint32_t>& architectures) : architectures_(architectures) {
    calls_.resize(architectures.size());
  }

  // A name of an active rule; `known` when libseccomp has it.
  void Note(const std::string& name, bool known, const SeccompRule& rule) {
    for (size_t i = 0; i < architectures_.size(); ++i) {
      const uint32_t architecture = architectures_[i];
      const uint32_t x32 = architecture == SCMP_ARCH_X32 ? kX32Bit : 0;
      if (known) {
        const int number = seccomp_syscall_resolve_name_arch(architecture, name.c_str());
        if (number >= 0) {
          Raise(calls_[i], static_cast<uint32_t>(number));
        }
      } else if (const auto recent = RecentSystemCall(name, architecture == SCMP_ARCH_X86_64)) {
        const uint32_t number = *recent | x32;
        Raise(calls_[i], number);
        if (rule.arguments
                .empty()) {  // else the default action decides: the prefix sees no arguments
          calls_[i].results.push_back({number, LibraryAction(rule.action, rule.value)});
        }
      }
    }
  }

  std::string Build(bool unknown_is_enosys) {
    std::vector<SeccompPrefixArchitecture> result;
    for (size_t i = 0; i < architectures_.size(); ++i) {
      if (!unknown_is_enosys) {
        calls_[i].newest.reset();
      }
      if (architectures_[i] == SCMP_ARCH_X32) {
        result.front().x32 = std::move(calls_[i]);  // it shares the native one's AUDIT_ARCH_
      } else {
        result.push_back({architectures_[i], std::move(calls_[i]), std::nullopt});
      }
    }
    std::erase_if(result, [](const SeccompPrefixArchitecture& one) {
      return IsEmpty(one.calls) && (!one.x32.has_value() || IsEmpty(*one.x32));
    });
    return BuildSeccompPrefix(result);
  }

 private:
  static void Raise(SeccompPrefixCalls& calls, uint32_t number) {
    calls.newest = std::max(calls.newest.value_or(0), number);
  }
  static bool IsEmpty(const SeccompPrefixCalls& calls) {
    return calls.results.empty() && !calls.newest.has_value();
  }

  const std::vector<uint32_t>& architectures_;
  std::vector<SeccompPrefixCalls> calls_;
};

absl::Status AddRule(const SeccompRule& rule, uint32_t default_action, Filter& filter,
                     PrefixPlan& prefix) {
  const uint32_t action = LibraryAction(rule.action, rule.value);
  const std::vector<std::vector<scmp_arg_cmp>> sets = LibraryArguments(rule);
  for (const std::string& name : rule.names) {
    const int number = seccomp_syscall_resolve_name(name.c_str());
    const bool known = number != __NR_SCMP_ERROR;
    prefix.Note(name, known, rule);
    if (!known || action == default_action) {
      continue;
    }
    for (const std::vector<scmp_arg_cmp>& arguments : sets) {
      RETURN_IF_ERROR(filter.Add(number, name, action, arguments));
    }
  }
  return absl::OkStatus();
}

bool UnknownIsEnosys(const SeccompProfile& profile) {
  switch (profile.default_action) {
    case SeccompAction::kAllow:
    case SeccompAction::kLog:
    case SeccompAction::kTrace:
      return false;
    default:
      return true;
  }
}

}  // namespace

bool IsSeccompRuleActive(const SeccompRule& rule, const HostFacts& facts, uint64_t capabilities) {
  const auto has = [&](const std::string& name) { return HasCapability(name, capabilities); };
  const SeccompCondition& in = rule.includes;
  const SeccompCondition& out = rule.excludes;
  const bool included = std::all_of(in.capabilities.begin(), in.capabilities.end(), has) &&
                        (in.architectures.empty() || Contains(in.architectures, MachineName())) &&
                        (!in.min_kernel.has_value() || IsKernelAtLeast(*in.min_kernel, facts));
  const bool excluded = std::any_of(out.capabilities.begin(), out.capabilities.end(), has) ||
                        Contains(out.architectures, MachineName()) ||
                        (out.min_kernel.has_value() && IsKernelAtLeast(*out.min_kernel, facts));
  return included && !excluded;
}

uint32_t SeccompFlags(const SeccompProfile& profile) {
  constexpr uint32_t kLog = 1 << 1;        // SECCOMP_FILTER_FLAG_LOG
  constexpr uint32_t kSpecAllow = 1 << 2;  // SECCOMP_FILTER_FLAG_SPEC_ALLOW
  if (!profile.flags.has_value()) {
    return kSpecAllow;
  }
  // TSYNC means nothing to a process with one thread.
  uint32_t flags = 0;
  flags |= Contains(*profile.flags, "SECCOMP_FILTER_FLAG_LOG") ? kLog : 0;
  flags |= Contains(*profile.flags, "SECCOMP_FILTER_FLAG_SPEC_ALLOW") ? kSpecAllow : 0;
  return flags;
}

absl::StatusOr<std::string> CompileSeccompProgram(const SeccompProfile& profile,
                                                  const HostFacts& facts, uint64_t capabilities) {
  absl::MutexLock lock(&library_mutex);
  const uint32_t default_action = LibraryAction(profile.default_action, profile.default_value);
  const std::vector<uint32_t> architectures = Architectures(profile);
  Filter filter(default_action);
  RETURN_IF_ERROR(filter.Prepare(architectures, !profile.rules.empty()));
  PrefixPlan prefix(architectures);
  for (const SeccompRule& rule : profile.rules) {
    if (IsSeccompRuleActive(rule, facts, capabilities)) {
      RETURN_IF_ERROR(AddRule(rule, default_action, filter, prefix));
    }
  }
  std::string program = prefix.Build(UnknownIsEnosys(profile));
  ASSIGN_OR_RETURN(const std::string exported, filter.Export());
  program += exported;
  if (program.size() > kMaxFilterInstructions * sizeof(FilterInstruction)) {
    return absl::InvalidArgumentError(absl::StrCat("seccomp profile: its program has more than ",
                                                   kMaxFilterInstructions, " instructions"));
  }
  return program;
}

}  // namespace berth::runtime
