// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/process.h"

#include <sys/resource.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "runtime/spec/capabilities.h"

namespace berth::runtime::oci {
namespace {

constexpr uint32_t kMaxCapability = 63;

constexpr std::pair<uint32_t, const char*> kLimits[] = {
    {RLIMIT_AS, "AS"},           {RLIMIT_CORE, "CORE"},         {RLIMIT_CPU, "CPU"},
    {RLIMIT_DATA, "DATA"},       {RLIMIT_FSIZE, "FSIZE"},       {RLIMIT_LOCKS, "LOCKS"},
    {RLIMIT_MEMLOCK, "MEMLOCK"}, {RLIMIT_MSGQUEUE, "MSGQUEUE"}, {RLIMIT_NICE, "NICE"},
    {RLIMIT_NOFILE, "NOFILE"},   {RLIMIT_NPROC, "NPROC"},       {RLIMIT_RSS, "RSS"},
    {RLIMIT_RTPRIO, "RTPRIO"},   {RLIMIT_RTTIME, "RTTIME"},     {RLIMIT_SIGPENDING, "SIGPENDING"},
    {RLIMIT_STACK, "STACK"}};

Json CapabilityNames(uint64_t set) {
  Json names = Json::array();
  for (uint32_t number = 0; number <= kMaxCapability; ++number) {
    const absl::string_view name = CapabilityName(number);
    if ((set >> number & 1) != 0 && !name.empty()) {
      names.push_back(absl::StrCat("CAP_", name));
    }
  }
  return names;
}

Json Limits(const std::vector<Rlimit>& limits) {
  Json list = Json::array();
  for (const Rlimit& limit : limits) {
    for (const auto& [resource, name] : kLimits) {
      if (resource == limit.resource) {
        list.push_back(
            {{"type", absl::StrCat("RLIMIT_", name)}, {"soft", limit.soft}, {"hard", limit.hard}});
      }
    }
  }
  return list;
}

}  // namespace

Json ProcessSection(const ProcessPlan& process) {
  const CapabilitySets& sets = process.capabilities;
  Json section = {
      {"terminal", process.terminal},
      {"user", {{"uid", process.uid}, {"gid", process.gid}, {"additionalGids", process.groups}}},
      {"args", process.arguments},
      {"env", process.environment},
      {"cwd", process.working_directory},
      {"capabilities",
       {{"bounding", CapabilityNames(sets.bounding)},
        {"effective", CapabilityNames(sets.effective)},
        {"permitted", CapabilityNames(sets.permitted)},
        {"inheritable", CapabilityNames(sets.ambient)},
        {"ambient", CapabilityNames(sets.ambient)}}},
      {"rlimits", Limits(process.rlimits)},
      {"noNewPrivileges", process.no_new_privileges},
      {"oomScoreAdj", process.oom_score_adj}};
  if (!process.apparmor_profile.empty()) {
    section["apparmorProfile"] = process.apparmor_profile;
  }
  if (!process.selinux_label.empty()) {
    section["selinuxLabel"] = process.selinux_label;
  }
  return section;
}

std::string FormatProcess(const ProcessPlan& process) {
  return FormatJson(ProcessSection(process));
}

}  // namespace berth::runtime::oci
