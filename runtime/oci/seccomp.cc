// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/seccomp.h"

#include <string>
#include <utility>
#include <vector>

#include "runtime/spec/seccomp_library.h"
#include "runtime/spec/seccomp_program.h"

namespace berth::runtime::oci {
namespace {

const char* OperatorName(SeccompComparison comparison) {
  switch (comparison) {
    case SeccompComparison::kNotEqual:
      return "SCMP_CMP_NE";
    case SeccompComparison::kLess:
      return "SCMP_CMP_LT";
    case SeccompComparison::kLessOrEqual:
      return "SCMP_CMP_LE";
    case SeccompComparison::kEqual:
      return "SCMP_CMP_EQ";
    case SeccompComparison::kGreaterOrEqual:
      return "SCMP_CMP_GE";
    case SeccompComparison::kGreater:
      return "SCMP_CMP_GT";
    case SeccompComparison::kMaskedEqual:
      break;
  }
  return "SCMP_CMP_MASKED_EQ";
}

// A value is refused where the action has none.
bool HasValue(SeccompAction action) {
  return action == SeccompAction::kErrno || action == SeccompAction::kTrace;
}

// In the specification a masked comparison has its mask first, as here.
Json ArgumentOf(const SeccompArgument& argument) {
  Json json = {{"index", argument.index},
               {"value", argument.value},
               {"op", OperatorName(argument.comparison)}};
  if (argument.comparison == SeccompComparison::kMaskedEqual) {
    json["valueTwo"] = argument.value_two;
  }
  return json;
}

Json RuleOf(const SeccompRule& rule) {
  Json json = {{"names", rule.names}, {"action", ActionName(rule.action)}};
  if (HasValue(rule.action)) {
    json["errnoRet"] = rule.value;
  }
  for (const SeccompArgument& argument : rule.arguments) {
    json["args"].push_back(ArgumentOf(argument));
  }
  return json;
}

// None: the machine's own only.
std::vector<std::string> Architectures(const SeccompProfile& profile) {
  if (!profile.architectures.empty()) {
    return profile.architectures;
  }
  for (const SeccompArchMap& map : profile.arch_map) {
    if (map.architecture == MachineArchitecture()) {
      std::vector<std::string> all = {map.architecture};
      all.insert(all.end(), map.sub_architectures.begin(), map.sub_architectures.end());
      return all;
    }
  }
  return {};
}

}  // namespace

const char* ActionName(SeccompAction action) {
  switch (action) {
    case SeccompAction::kAllow:
      return "SCMP_ACT_ALLOW";
    case SeccompAction::kLog:
      return "SCMP_ACT_LOG";
    case SeccompAction::kErrno:
      return "SCMP_ACT_ERRNO";
    case SeccompAction::kTrace:
      return "SCMP_ACT_TRACE";
    case SeccompAction::kTrap:
      return "SCMP_ACT_TRAP";
    case SeccompAction::kKillThread:
      return "SCMP_ACT_KILL_THREAD";
    case SeccompAction::kKillProcess:
      break;
  }
  return "SCMP_ACT_KILL_PROCESS";
}

Json SeccompSection(const SeccompProfile& profile, const HostFacts& facts, uint64_t capabilities) {
  Json section = {{"defaultAction", ActionName(profile.default_action)},
                  {"syscalls", Json::array()}};
  if (HasValue(profile.default_action)) {
    section["defaultErrnoRet"] = profile.default_value;
  }
  if (std::vector<std::string> architectures = Architectures(profile); !architectures.empty()) {
    section["architectures"] = std::move(architectures);
  }
  if (profile.flags.has_value() && !profile.flags->empty()) {
    section["flags"] = *profile.flags;
  }
  for (const SeccompRule& rule : profile.rules) {
    if (IsSeccompRuleActive(rule, facts, capabilities)) {
      section["syscalls"].push_back(RuleOf(rule));
    }
  }
  return section;
}

}  // namespace berth::runtime::oci
