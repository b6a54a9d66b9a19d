// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/selinux.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/status.h"

namespace berth::runtime {
namespace {

constexpr char kUncategorized[] = "s0";

// user:role:type:level; the level has colons of its own.
struct Context {
  std::string user;
  std::string role;
  std::string type;
  std::string level;

  std::string Text() const { return absl::StrCat(user, ":", role, ":", type, ":", level); }
};

Context Parse(absl::string_view text) {
  constexpr int kParts = 4;
  std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', kParts - 1));
  parts.resize(kParts);
  return {parts[0], parts[1], parts[2], parts[3]};
}

bool IsConfining(const v1::SELinuxOption& options) {
  return !options.user().empty() || !options.role().empty() || !options.level().empty() ||
         (!options.type().empty() && options.type() != kUnconfinedSelinuxType);
}

absl::Status Check(const std::string& label, HostFiles& host) {
  const absl::Status known = host.CheckSelinuxLabel(label);
  return known.ok() ? known : Annotate(known, "selinux_options");
}

void Replace(const std::string& by, std::string& part) {
  if (!by.empty()) {
    part = by;
  }
}

}  // namespace

std::string SelinuxLevelOf(absl::string_view pod_id) {
  constexpr size_t kDigits = 8;
  constexpr uint32_t kCategories = 1024;
  uint32_t number = 0;
  if (!absl::SimpleHexAtoi(pod_id.substr(0, kDigits), &number)) {
    number = 0;
  }
  // Two different ones, each pair as likely as any other.
  uint32_t first = number % kCategories;
  uint32_t second = number / kCategories % (kCategories - 1);
  second += second >= first ? 1 : 0;
  return absl::StrCat(kUncategorized, ":c", std::min(first, second), ",c", std::max(first, second));
}

std::string SharedSelinuxLabel(absl::string_view label) {
  Context context = Parse(label);
  context.level = kUncategorized;
  return context.Text();
}

v1::SELinuxOption MergeSelinuxOptions(const v1::SELinuxOption& pod,
                                      const v1::SELinuxOption& container) {
  v1::SELinuxOption merged = pod;
  merged.MergeFrom(container);  // empty texts count as unset
  return merged;
}

absl::StatusOr<SelinuxLabels> PlanSelinux(const v1::SELinuxOption& options, bool privileged,
                                          absl::string_view pod_id, const HostFacts& facts,
                                          HostFiles& host) {
  if (!facts.selinux) {
    if (IsConfining(options)) {
      return absl::FailedPreconditionError(
          "selinux_options are given, but SELinux is off on this node or has no policy for "
          "containers");
    }
    return SelinuxLabels();
  }
  Context process = Parse(facts.selinux_process), mount = Parse(facts.selinux_file);
  mount.level = SelinuxLevelOf(pod_id);
  process.level = mount.level;
  if (privileged || options.type() == kUnconfinedSelinuxType) {
    process.type = kUnconfinedSelinuxType;
    process.level = kUncategorized;
  }
  Replace(options.user(), process.user);
  Replace(options.user(), mount.user);
  Replace(options.role(), process.role);
  Replace(options.type(), process.type);
  Replace(options.level(), process.level);
  Replace(options.level(), mount.level);
  SelinuxLabels labels = {process.Text(), mount.Text()};
  RETURN_IF_ERROR(Check(labels.process, host));
  RETURN_IF_ERROR(Check(labels.mount, host));
  return labels;
}

}  // namespace berth::runtime
