// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_program.h"

#include <seccomp.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/const_init.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "base/status.h"
#include "runtime/spec/capabilities.h"
#include "runtime/spec/seccomp_library.h"
#include "runtime/spec/seccomp_prefix.h"

namespace berth::runtime {
namespace {

absl::Mutex library_mutex(absl::kConstInit);

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

// What the prefix needs to know, collected rule by rule.
class PrefixPlan {
 public:
  explicit PrefixPlan(const std::vector<uint32_t>& architectures) : architectures_(architectures) {
    calls_.resize(architectures.size());
  }

  // A name of an active rule; `known` when libseccomp has it.
  void Note(const std::string& name, bool known, const SeccompRule& rule) {
    for (size_t i = 0; i < architectures_.size(); ++i) {
      if (known) {
        const int number = SystemCallOn(architectures_[i], name);
        if (number >= 0) {
          Raise(calls_[i], static_cast<uint32_t>(number));
        }
      } else {
        NoteRecent(name, rule, architectures_[i], calls_[i]);
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
  // The prefix sees no arguments: a rule with some leaves the call to the default action.
  static void NoteRecent(const std::string& name, const SeccompRule& rule, uint32_t architecture,
                         SeccompPrefixCalls& calls) {
    const std::optional<uint32_t> recent = RecentSystemCall(name, architecture == SCMP_ARCH_X86_64);
    if (!recent.has_value()) {
      return;
    }
    const uint32_t number = *recent | (architecture == SCMP_ARCH_X32 ? kX32Bit : 0);
    Raise(calls, number);
    if (rule.arguments.empty()) {
      calls.results.push_back({number, FilterResult(rule.action, rule.value)});
    }
  }
  static bool IsEmpty(const SeccompPrefixCalls& calls) {
    return calls.results.empty() && !calls.newest.has_value();
  }

  const std::vector<uint32_t>& architectures_;
  std::vector<SeccompPrefixCalls> calls_;
};

absl::Status AddRule(const SeccompRule& rule, uint32_t default_result, SeccompFilter& filter,
                     PrefixPlan& prefix) {
  const bool changes_nothing = FilterResult(rule.action, rule.value) == default_result;
  for (const std::string& name : rule.names) {
    const SystemCallNumber found = FindSystemCall(name);
    prefix.Note(name, found.known, rule);
    if (found.known && !changes_nothing) {
      RETURN_IF_ERROR(filter.Add(found.number, name, rule));
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
  const uint32_t default_result = FilterResult(profile.default_action, profile.default_value);
  const std::vector<uint32_t> architectures = FilterArchitectures(profile);
  SeccompFilter filter(default_result);
  RETURN_IF_ERROR(filter.Prepare(architectures, !profile.rules.empty()));
  PrefixPlan prefix(architectures);
  for (const SeccompRule& rule : profile.rules) {
    if (IsSeccompRuleActive(rule, facts, capabilities)) {
      RETURN_IF_ERROR(AddRule(rule, default_result, filter, prefix));
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
